// SPDX-License-Identifier: MIT OR Apache-2.0
// yield_now() in a background task ran whatever the foreground had, on top of the task. When that
// waited for this very task, it waited for what lay below it on its own stack.
#include "catch.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

namespace {

namespace mp = micropool;
using micropool_test::gate;

// How a foreground branch waits for the task.
using wait = void (*)(const mp::shared_task<int>&);

mp::task<int> awaits(mp::shared_task<int> t) { co_return co_await t; }

void by_join(const mp::shared_task<int>& t) { t.join(); }
void by_await(const mp::shared_task<int>& t) { mp::sync_wait(awaits(t)); }
void by_another_task(const mp::shared_task<int>& t) { mp::spawn_owned(awaits(t)).join(); }

struct story {
  gate branch_waits;
  gate yielded;

  void yields() {
    branch_waits.pass();
    // More than once: a look at the foreground might be made rarely.
    for (int i = 0; i < 1000; ++i) mp::yield_now();
    yielded.open();
  }
};

void tell(story& s, mp::thread_pool& pool, const mp::shared_task<int>& t, wait how) {
  s.branch_waits.wait_for_arrivals(1);
  // This thread keeps itself busy, so that only the worker inside the task could take the branch.
  pool.join(
      [&] {
        s.branch_waits.open();
        s.yielded.pass();
      },
      [&] { how(t); });
  REQUIRE(t.join() == 1);
}

}  // namespace

TEST_CASE("a background task that yields runs nothing which waits for that task") {
  const wait how = GENERATE(by_join, by_await, by_another_task);
  story s;
  mp::thread_pool pool({.num_threads = 1});
  const auto t = pool.spawn_shared([&s] {
    s.yields();
    return 1;
  });
  tell(s, pool, t, how);
}

TEST_CASE("a job forked by a background task that yields runs nothing which waits for that task") {
  const wait how = GENERATE(by_join, by_await, by_another_task);
  story s;
  mp::thread_pool pool({.num_threads = 1});
  const auto t = pool.spawn_shared([&s] {
    mp::scope([&](mp::scope_ref children) { children.fork([&s] { s.yields(); }); });
    return 1;
  });
  tell(s, pool, t, how);
}
