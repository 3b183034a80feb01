// SPDX-License-Identifier: MIT OR Apache-2.0
// A stackful task goes on on another thread: what it has left to the one before belongs to that
// one, and it leaves alone what it finds on the new one.
#include "catch.hpp"
#include "foreign.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Resumed by another thread while the one that suspends on it is still held in await_suspend.
class held_event {
public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    waiter_ = h;
    suspending_.pass();
  }
  void await_resume() const noexcept {}

  // Returns with the waiter resumed, and the thread that it has left held.
  void fire() {
    suspending_.wait_for_arrivals(1);
    waiter_.resume();
  }
  void let_go() { suspending_.open(); }

private:
  mt::gate suspending_;
  std::coroutine_handle<> waiter_;
};

std::uintptr_t position() { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

// Nothing that is read before it is written is right by chance.
[[gnu::noinline]] void fill_the_stack_below() {
  volatile unsigned char block[8 << 10];
  for (auto& b : block) b = 0x5a;
}

// A background task calls `join` with two branches. The first waits for an event, at a moment when
// foreground work waits as well: the worker gives it way, and hands on what it has been left.
template <class Join>
void leave_a_branch_to_a_worker_that_gives_way(Join join) {
  mp::thread_pool pool({.num_threads = 1});
  mt::event e;
  mt::gate foreground;
  bool ran = false;
  auto task = pool.spawn_owned(mp::stackful([&] {
    fill_the_stack_below();
    join(
        [&] {
          // The other branch of the call below lies in the deque of its caller by then.
          foreground.wait_for_arrivals(1);
          mp::await(e);
        },
        [&] { ran = true; });
  }));
  std::thread call([&] { pool.join([&] { foreground.pass(); }, [&] { foreground.open(); }); });
  call.join();
  e.wait_for_waiter();
  e.fire();
  task.join();
  CHECK(ran);
}

}  // namespace

TEST_CASE("a worker that yields to the foreground posts the branch that a stackful task has left to it") {
  leave_a_branch_to_a_worker_that_gives_way(
      [](auto first, auto second) { mp::join(first, second); });
}

TEST_CASE("a worker that yields to the foreground posts what a join_all in a stackful task has left") {
  leave_a_branch_to_a_worker_that_gives_way([](auto first, auto second) {
    const std::vector<std::function<void()>> branches{first, second};
    mp::join_all(branches);
  });
}

TEST_CASE("a stackful task that has moved takes no branch back from the deque that it has left") {
  mp::thread_pool pool({.num_threads = 1});
  held_event e;
  std::uintptr_t task_at = 0;
  std::uintptr_t branch_at = 0;
  auto task = pool.spawn_owned(mp::stackful([&] {
    task_at = position();
    // The branch still lies where it was pushed when the task goes on elsewhere.
    mp::join([&] { mp::await(e); }, [&] { branch_at = position(); });
  }));
  e.fire();
  task.join();  // goes on with the task, which is ready, before it looks for something to steal
  e.let_go();
  // A thief runs it on the stack of its thread, the task would have run it on its own.
  CHECK(std::max(task_at, branch_at) - std::min(task_at, branch_at) > (std::size_t{256} << 10));
}

TEST_CASE("the end of a scope that has moved leaves the right to fork with the thread before") {
  mp::thread_pool from({.num_threads = 1});
  mp::thread_pool to({.num_threads = 1});
  mt::gate scope_left;
  std::vector<int> order;
  auto task = from.spawn_owned(mp::stackful([&] {
    mp::scope([&](mp::scope_ref) {
      mp::await(mp::resume_on(to));
      scope_left.wait_for_arrivals(1);
    });
    scope_left.open();
  }));
  auto another = from.spawn_owned([&] {
    mp::scope([&](mp::scope_ref s) {
      scope_left.pass();
      for (int i = 1; i <= 3; ++i) s.fork([&order, i] { order.push_back(i); });
    });
  });
  // No thread helps, so the last child comes first: all lie in the deque of the scope's own thread,
  // and not in an inbox, as they would if the thread had lost the right to push them.
  while (!another.complete() || !task.complete()) std::this_thread::yield();
  CHECK(order == std::vector{3, 2, 1});
  task.join();
  another.join();
}

TEST_CASE("the end of a scope that has moved runs nothing of the thread where it ends") {
  mp::thread_pool pool({.num_threads = 1});
  mt::event e;
  mt::gate worker;
  std::atomic<bool> scope_ended{false};
  auto task = pool.spawn_owned(mp::stackful([&] {
    mp::scope([&](mp::scope_ref s) {
      s.fork([&] { worker.pass(); });  // for the worker, which the task leaves here
      mp::await(e);
      s.fork([&] { worker.open(); });  // for the thread that goes on, once the task waits for both
    });
    scope_ended = true;
  }));
  worker.wait_for_arrivals(1);
  std::thread::id ran_on;
  bool too_early = false;
  pool.join(
      [&] {
        e.fire();
        task.join();
      },
      [&] {
        ran_on = std::this_thread::get_id();
        too_early = !scope_ended;
      });
  // The worker may take the branch whenever it is free. Its owner is busy in the first one.
  CHECK_FALSE((too_early && ran_on == std::this_thread::get_id()));
}
