// SPDX-License-Identifier: MIT OR Apache-2.0
// A background job that suspends may leave jobs of its own in its worker's deque. When foreground
// work was there as well, two things went wrong with them.
//
// First: the worker served the foreground on top of its deque. When that waited for the task which
// the left-over jobs belonged to, it could not reach them below it; and others could not either, if
// the jobs had once been stolen from a guest that had left, so that the chain of thefts was broken.
//
// Second: put into the inbox of their task, they were out of reach for a call inside the task that
// blocked for them and looked into its own inbox.
#include "foreign.hpp"
#include "background.hpp"
#include "catch.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <thread>

namespace {

namespace mp = micropool;
using micropool_test::event;
using micropool_test::gate;
using micropool_test::held_workers;

// A job of a background task, with another one that is left over when the first suspends. Both are
// held until foreground work is there.
struct leaves_a_job {
  event e;
  gate foreground_is_there;
  gate left_over_ran;

  mp::task<> suspends() {
    foreground_is_there.pass();
    co_await e;
  }
  mp::task<> left_over() {
    left_over_ran.open();
    co_return;
  }
  mp::task<> both() { co_await mp::join(suspends(), left_over()); }
  mp::task<> both_in_a_scope() {
    const auto body = [this](mp::scope_ref s) -> mp::task<> {
      s.fork(left_over());
      co_await suspends();
    };
    co_await mp::scope(body);
  }
};

using job_of = mp::task<> (leaves_a_job::*)();

// The task is started by a guest, who leaves while the worker has a branch of it.
struct started_by_a_guest {
  leaves_a_job& job;
  job_of with_left_over;
  gate worker_is_free{}, branch_stolen{}, guest_has_left{};

  mp::task<> of_the_guest() {
    worker_is_free.open();
    branch_stolen.pass();
    co_return;
  }
  mp::task<> of_the_worker() {
    branch_stolen.open();
    guest_has_left.pass();
    co_await (job.*with_left_over)();
  }
  mp::task<int> whole() {
    co_await mp::join(of_the_guest(), of_the_worker());
    co_return 1;
  }
};

}  // namespace

TEST_CASE("foreground work that joins a task never lies above the jobs which that has left over") {
  const job_of with_left_over = GENERATE(&leaves_a_job::both, &leaves_a_job::both_in_a_scope);
  leaves_a_job job;
  started_by_a_guest s{job, with_left_over};
  gate branch_taken;
  mp::thread_pool pool({.num_threads = 1});
  auto holds_worker = pool.spawn_owned([&] { s.worker_is_free.pass(); });
  s.worker_is_free.wait_for_arrivals(1);
  const auto t = pool.spawn_shared(s.whole());
  t.help();
  CHECK_FALSE(t.complete());
  int joined_there = 0;
  std::thread foreground([&, t] {
    pool.join(
        [&] {
          job.foreground_is_there.open();
          branch_taken.pass();
          t.join();
        },
        [&] {
          branch_taken.open();
          joined_there = t.join();
        });
  });
  s.guest_has_left.open();
  branch_taken.pass();
  job.e.wait_for_waiter();
  job.e.fire();
  foreground.join();
  holds_worker.join();
  REQUIRE(joined_there == 1);
}

namespace {

// Inside a background task one worker blocks for a branch that the other one has.
struct blocked_inside {
  leaves_a_job& job;
  job_of with_left_over;
  gate branch_stolen{}, foreground_taken{};

  mp::task<> of_the_blocked() {
    branch_stolen.pass();
    // Before that it might take the left-over job from the other's deque.
    foreground_taken.pass();
    co_return;
  }
  mp::task<> of_the_other() {
    branch_stolen.open();
    co_await (job.*with_left_over)();
  }
  mp::task<> whole() { co_await mp::join(of_the_blocked(), of_the_other()); }
};

void blocks_for_a_coroutine(blocked_inside& s) { mp::sync_wait(s.whole()); }
// It starts that in place, as a part of the call.
void blocks_for_a_task(blocked_inside& s) { mp::spawn_owned(s.whole()).join(); }

}  // namespace

TEST_CASE("a blocked call in a background task gets what a worker has left over for it") {
  const job_of with_left_over = GENERATE(&leaves_a_job::both, &leaves_a_job::both_in_a_scope);
  const auto blocks = GENERATE(blocks_for_a_coroutine, blocks_for_a_task);
  leaves_a_job job;
  blocked_inside s{job, with_left_over};
  mp::thread_pool pool({.num_threads = 2});
  // Only one can start what the task waits for.
  held_workers other(pool, 1);
  auto t = pool.spawn_owned([&s, blocks] {
    blocks(s);
    return 1;
  });
  s.branch_stolen.wait_for_arrivals(1);
  other.release();
  job.foreground_is_there.wait_for_arrivals(1);
  // The other worker is kept by the second branch until the left-over job has run.
  pool.join(
      [&] {
        job.foreground_is_there.open();
        s.foreground_taken.pass();
        job.left_over_ran.pass();
      },
      [&] {
        s.foreground_taken.open();
        job.left_over_ran.pass();
      });
  job.e.wait_for_waiter();
  job.e.fire();
  REQUIRE(t.join() == 1);
}
