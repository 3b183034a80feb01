// SPDX-License-Identifier: MIT OR Apache-2.0
// Holds the workers of the current pool, so that what is queued meanwhile has to wait for one.
#pragma once

#include <micropool/spawn.hpp>
#include <micropool/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <latch>
#include <vector>

namespace tour {

/// While it exists, each worker stands in a background task of its own, until it is let go.
class workers_held {
public:
  workers_held() : arrived_(static_cast<std::ptrdiff_t>(micropool::num_threads())) {
    for (std::size_t i = 0; i < micropool::num_threads(); ++i) {
      holding_.push_back(
          micropool::spawn_owned([this, &go = i == 0 ? first_may_go_ : rest_may_go_] {
            arrived_.count_down();
            go.wait(false);
          }));
    }
    arrived_.wait();
  }
  ~workers_held() {
    let_one_go();
    let_the_rest_go();
    for (auto& task : holding_) task.join();
  }
  workers_held(const workers_held&) = delete;

  void let_one_go() { open(first_may_go_); }
  void let_the_rest_go() { open(rest_may_go_); }

private:
  static void open(std::atomic_flag& gate) {
    gate.test_and_set();
    gate.notify_all();
  }

  std::latch arrived_;
  std::atomic_flag first_may_go_;
  std::atomic_flag rest_may_go_;
  std::vector<micropool::owned_task<void>> holding_;
};

}  // namespace tour
