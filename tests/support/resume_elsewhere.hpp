// SPDX-License-Identifier: MIT OR Apache-2.0
// Makes a task that waits for an event go on on another thread than before.
#pragma once

#include "foreign.hpp"
#include "gate.hpp"

#include <micropool/spawn.hpp>
#include <micropool/thread_pool.hpp>

#include <array>
#include <thread>
#include <utility>

namespace micropool_test {

// The compiler takes two calls of std::this_thread::get_id() in one function for the same, which
// they are not where a stackful task waits in between (docs/pitfalls.md).
[[gnu::noinline]] inline std::thread::id thread_here() {
  asm volatile("");
  return std::this_thread::get_id();
}

// A pool with two workers, on which nothing else runs. Holds the worker that is `before`, which the
// task sets before it waits, and fires the event; the other worker, or the thread that joins the task,
// resumes it. Lets the first go when it ends.
class resume_elsewhere {
public:
  resume_elsewhere(micropool::thread_pool& pool, event& e, const std::thread::id& before) {
    e.wait_for_waiter();
    for (auto& w : held_) {
      w.task = pool.spawn_owned([&w] {
        w.id = std::this_thread::get_id();
        w.door.pass();
      });
    }
    for (auto& w : held_) w.door.wait_for_arrivals(1);
    for (auto& w : held_) {
      if (w.id != before) w.door.open();
    }
    e.fire();
  }
  ~resume_elsewhere() {
    for (auto& w : held_) {
      w.door.open();
      std::move(w.task).join();
    }
  }

private:
  struct worker {
    gate door;
    std::thread::id id;
    micropool::owned_task<void> task;
  };
  std::array<worker, 2> held_;
};

}  // namespace micropool_test
