// SPDX-License-Identifier: MIT OR Apache-2.0
// With lock_checks: a lock that a stackful task holds while it is suspended is reported.
#include "child_process.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <mutex>
#include <shared_mutex>
#include <string>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

template <class Lock, class Mutex>
void wait_under_a_lock() {
  mp::thread_pool pool({.num_threads = 1});
  Mutex mutex;
  pool.sync_wait(mp::stackful([&] {
    const Lock lock(mutex);
    mp::await(mp::yield());
  }));
}

}  // namespace

TEST_CASE("child: a stackful task waits under a mutex", "[.]") {
  wait_under_a_lock<std::lock_guard<std::mutex>, std::mutex>();
}

TEST_CASE("child: a stackful task waits under a shared lock", "[.]") {
  wait_under_a_lock<std::shared_lock<std::shared_mutex>, std::shared_mutex>();
}

TEST_CASE("a lock that is held while a stackful task is suspended is reported") {
  const std::string name = GENERATE("child: a stackful task waits under a mutex",
                                    "child: a stackful task waits under a shared lock");
  const auto r = mt::run_as_child(name);
  INFO(r.output);
  CHECK(r.aborted());
  CHECK_THAT(r.output, mt::contains("while it holds a lock"));
  CHECK_THAT(r.output, mt::contains("stackful_locks.cpp:"));
}

TEST_CASE("locks that are not held at a wait are not reported and neither are those of others") {
  mp::thread_pool pool({.num_threads = 2});
  std::mutex of_caller;
  std::mutex mutex;
  std::shared_mutex shared;
  const std::lock_guard held_by_the_caller(of_caller);
  const int sum = pool.sync_wait(mp::stackful([&] {
    int n = 0;
    for (int i = 0; i < 100; ++i) {
      {
        const std::scoped_lock both(mutex, shared);
        std::unique_lock never(of_caller, std::try_to_lock);
        n += never ? 100 : 1;
      }
      mp::await(mp::yield());
    }
    return n;
  }));
  CHECK(sum == 100);
}

TEST_CASE("a lock may be held around what does not suspend") {
  mp::thread_pool pool({.num_threads = 0});
  std::mutex mutex;
  const int result = pool.sync_wait(mp::stackful([&] {
    const std::lock_guard lock(mutex);
    auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
    return a + b + mp::await([]() -> mp::task<int> { co_return 3; });
  }));
  CHECK(result == 6);
}
