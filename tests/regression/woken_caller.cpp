// SPDX-License-Identifier: MIT OR Apache-2.0
// A caller slept in a call whose coroutines were on two pools. A job was posted on the other pool;
// the caller was woken for it, and so no worker there. Before it had looked, a second job was
// posted to the caller's own pool. It took that one first, and the first job lay beside sleeping
// workers until the second had ended; for ever, if the second waited for the first.
#include "foreign.hpp"
#include "background.hpp"
#include "catch.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <chrono>
#include <cstddef>
#include <thread>

namespace {

namespace mp = micropool;
using micropool_test::event;
using micropool_test::gate;

std::size_t sleeps_of_workers(const mp::thread_pool& pool) {
  std::size_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker ? p.sleeps : 0;
  return n;
}

// What two jobs that become ready one after the other, on two pools, belong to.
struct story {
  event first, second;
  gate first_ran;

  mp::task<> on(mp::thread_pool& there) {
    co_await mp::resume_on(there);
    co_await by_itself();
  }
  mp::task<> by_itself() {
    co_await first;
    first_ran.open();
  }
  mp::task<> waits_for_it() {
    co_await second;
    first_ran.pass();
  }
};

// `Far` makes what has to go on `there`.
template <class Far>
void tell(std::size_t workers_here, Far&& far) {
  for (int round = 0; round < 20; ++round) {
    story s;
    mp::thread_pool there({.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0)});
    mp::thread_pool here({.num_threads = workers_here, .idle_spin = std::chrono::nanoseconds(0)});
    std::thread caller = micropool_test::sleeping_caller(here, [&] {
      const auto root = [&]() -> mp::task<> { co_await mp::join(s.waits_for_it(), far(s, there)); };
      here.sync_wait(root);
    });
    s.first.wait_for_waiter();
    s.second.wait_for_waiter();
    while (sleeps_of_workers(there) < 2) std::this_thread::yield();
    s.first.fire();
    s.second.fire();
    caller.join();
  }
}

}  // namespace

TEST_CASE("a caller woken for a job on another pool forwards that if it finds another job first") {
  for (const std::size_t workers : {0u, 1u}) {
    tell(workers, [](story& s, mp::thread_pool& there) { return s.on(there); });
  }
}

TEST_CASE("a caller woken for a task that it awaits forwards that if it finds another job first") {
  for (const std::size_t workers : {0u, 1u}) {
    tell(workers, [](story& s, mp::thread_pool& there) -> mp::task<> {
      const auto t = there.spawn_shared(s.by_itself());
      co_await t;
    });
  }
}
