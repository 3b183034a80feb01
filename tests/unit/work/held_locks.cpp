// SPDX-License-Identifier: MIT OR Apache-2.0
// What stands in front of the system's locking functions counts, also where the library is part of
// the program, as it is here.
#include "work/held_locks.hpp"

#include "catch.hpp"

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace {

int held() {
  const int n = micropool::detail::exchange_held_locks(0);
  micropool::detail::exchange_held_locks(n);
  return n;
}

template <class Lock>
int held_under(Lock&& lock) {
  return lock ? held() : -1;
}

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("each lock is counted as long as it is held") {
  std::mutex mutex;
  std::recursive_mutex recursive;
  std::timed_mutex timed;
  std::shared_mutex shared;
  CHECK(held() == 0);
  CHECK(held_under(std::unique_lock(mutex)) == 1);
  CHECK(held_under(std::unique_lock(mutex, std::try_to_lock)) == 1);
  CHECK(held_under(std::unique_lock(timed, 1h)) == 1);
  CHECK(held_under(std::unique_lock(timed, std::chrono::system_clock::now() + 1h)) == 1);
  CHECK(held_under(std::unique_lock(shared)) == 1);
  CHECK(held_under(std::unique_lock(shared, std::try_to_lock)) == 1);
  CHECK(held_under(std::shared_lock(shared)) == 1);
  CHECK(held_under(std::shared_lock(shared, std::try_to_lock)) == 1);
  CHECK(held() == 0);
  const std::lock_guard once(recursive);
  const std::lock_guard twice(recursive);
  const std::lock_guard another(mutex);
  CHECK(held() == 3);
}

TEST_CASE("a lock that is not obtained is not counted") {
  std::mutex mutex;
  std::shared_mutex shared;
  const std::scoped_lock both(mutex, shared);
  int in_vain = -1;
  std::thread([&] {
    const std::unique_lock a(mutex, std::try_to_lock);
    const std::unique_lock b(shared, std::try_to_lock);
    const std::shared_lock c(shared, std::try_to_lock);
    in_vain = held();
  }).join();
  CHECK(in_vain == 0);
  CHECK(held() == 2);
}

TEST_CASE("each stack has a count of its own") {
  std::mutex mutex;
  const std::lock_guard lock(mutex);
  const int of_thread = micropool::detail::exchange_held_locks(0);
  const int of_other_stack = held();
  micropool::detail::exchange_held_locks(of_thread);
  CHECK(of_thread == 1);
  CHECK(of_other_stack == 0);
  CHECK(held() == 1);
}
