// SPDX-License-Identifier: MIT OR Apache-2.0
// Which pool and which participant are current on a thread.
#include "sched/thread_local_state.hpp"

#include "tracked.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <thread>
#include <tuple>

namespace mp = micropool;
namespace mt = micropool_test;
using micropool::detail::this_thread;

namespace {

// What a thread's state says; compared before and after.
auto now() {
  const auto& t = this_thread();
  return std::tuple(t.current, t.installed);
}

}  // namespace

TEST_CASE("install sets the pool and no participant, and takes both back") {
  mp::thread_pool pool({.num_threads = 0});
  const auto before = now();
  pool.install([&] {
    CHECK(this_thread().installed != nullptr);
    CHECK(this_thread().current == nullptr);
  });
  CHECK(now() == before);
}

TEST_CASE("install takes everything back when its function throws") {
  mp::thread_pool outer({.num_threads = 0});
  mp::thread_pool inner({.num_threads = 0});
  const auto before = now();
  outer.join(
      [&] {
        const auto inside = now();
        CHECK(mt::thrown_by([&] {
                inner.install([] { throw mt::numbered_error(1); });
                return 0;
              }) == 1);
        CHECK(now() == inside);
      },
      [] {});
  CHECK(now() == before);
}

TEST_CASE("a thread is a participant exactly as long as it is in a call") {
  mp::thread_pool pool({.num_threads = 0});
  CHECK(this_thread().current == nullptr);
  pool.join([&] { CHECK(this_thread().current != nullptr); }, [] {});
  CHECK(this_thread().current == nullptr);
  CHECK(mt::thrown_by([&] {
          pool.join([] { throw mt::numbered_error(2); }, [] {});
          return 0;
        }) == 2);
  CHECK(this_thread().current == nullptr);
}

TEST_CASE("installing the pool that a thread works for already keeps its participant") {
  mp::thread_pool pool({.num_threads = 0});
  mp::thread_pool other({.num_threads = 0});
  pool.join(
      [&] {
        auto* const self = this_thread().current;
        pool.install([&] { CHECK(this_thread().current == self); });
        other.install([&] { CHECK(this_thread().current == nullptr); });
        CHECK(this_thread().current == self);
        // A nested call of the same pool is the same participant, one of another pool is another.
        mp::join([&] { CHECK(this_thread().current == self); }, [] {});
        other.join([&] { CHECK(this_thread().current != self); }, [] {});
        CHECK(this_thread().current == self);
      },
      [] {});
}
