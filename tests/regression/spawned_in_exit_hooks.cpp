// SPDX-License-Identifier: MIT OR Apache-2.0
// What an on_thread_exit hook spawned was accepted, for the hook runs inside its pool, but the pool
// had looked for the last time at what is queued. The task neither ran nor was cancelled: its
// handle never had an answer, and one that was dropped kept the state of the pool for ever. Later
// it was cancelled; but a coroutine that the hook had started itself, and that suspended, was never
// resumed.
#include <micropool/micropool.hpp>

#include "foreign.hpp"
#include "tracked.hpp"
#include "catch.hpp"
#include "gate.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::census;
using micropool_test::tracked;

// What became of the tasks that the hooks have spawned.
struct answers {
  int none = 0;
  int ran = 0;
  int cancelled = 0;
};

template <class Handle>
answers answers_of(std::vector<Handle>& handles) {
  answers a;
  for (Handle& h : handles) {
    if (!h.complete()) {
      ++a.none;
      continue;
    }
    try {
      h.join();
      ++a.ran;
    } catch (const mp::task_cancelled&) {
      ++a.cancelled;
    }
  }
  return a;
}

}  // namespace

TEST_CASE(
    "a task that is spawned in an exit hook has run or was cancelled when its pool has ended") {
  const std::size_t workers = GENERATE(1u, 3u);
  CAPTURE(workers);
  std::atomic<int> runs{0};
  std::vector<mp::owned_task<void>> owned(workers);
  std::vector<mp::shared_task<void>> shared(workers);
  {
    const mp::thread_pool pool({.num_threads = workers, .on_thread_exit = [&](std::size_t i) {
                                  owned.at(i) = mp::spawn_owned([&] { ++runs; });
                                  shared.at(i) = mp::spawn_shared([&]() -> mp::task<> {
                                    co_await mp::yield();
                                    ++runs;
                                  });
                                }});
  }
  const answers of_owned = answers_of(owned);
  const answers of_shared = answers_of(shared);
  CHECK(of_owned.none + of_shared.none == 0);
  CHECK(of_owned.ran + of_shared.ran == runs);
  CHECK(of_owned.cancelled + of_shared.cancelled == static_cast<int>(2 * workers) - runs);
}

TEST_CASE("an exit hook may join and await what it spawns") {
  std::atomic<int> runs{0};
  {
    const mp::thread_pool pool({.num_threads = 2, .on_thread_exit = [&](std::size_t) {
                                  mp::spawn_owned([&] { ++runs; }).join();
                                  mp::sync_wait(mp::spawn_owned([&]() -> mp::task<> {
                                    co_await mp::yield();
                                    ++runs;
                                  }));
                                }});
  }
  CHECK(runs == 4);
}

TEST_CASE("what is spawned in an exit hook and dropped is gone with its pool, and so is the pool") {
  census captures;
  {
    const tracked kept_by_the_pool(captures);
    const mp::thread_pool pool(
        {.num_threads = 2,
         .on_thread_exit =
             [&captures](std::size_t) {
               static_cast<void>(mp::spawn_owned([life = tracked(captures)] {}));
               static_cast<void>(mp::spawn_shared([life = tracked(captures)] {}));
             },
         // Destroyed with the state of the pool.
         .on_unhandled_exception = [kept_by_the_pool](std::exception_ptr) {}});
    CHECK(captures.alive() >= 2);
  }
  CHECK(captures.alive() == 0);
}

TEST_CASE(
    "a coroutine that an exit hook starts and that suspends has ended when its pool has ended") {
  micropool_test::event e;
  micropool_test::countdown helped(1);
  std::atomic<bool> ended{false};
  std::thread elsewhere([&] {
    helped.wait();
    e.fire();
  });
  {
    const auto waits = [&]() -> mp::task<> {
      co_await e;
      ended = true;
    };
    const mp::thread_pool pool({.num_threads = 1, .on_thread_exit = [&](std::size_t) {
                                  auto t = mp::spawn_owned(waits);
                                  t.help();
                                  helped.arrive();
                                }});
  }
  elsewhere.join();
  CHECK(ended);
}
