// SPDX-License-Identifier: MIT OR Apache-2.0
// A thread remembered the coroutine that it had resumed last, even after that had suspended. A
// foreign await_suspend goes on running on the thread after it has given the handle away; when it
// forked onto a scope, the thread looked at the coroutine that had gone on elsewhere, and ended.
// AddressSanitizer sees it.
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "gate.hpp"

#include <coroutine>
#include <thread>

namespace {

namespace mp = micropool;
using micropool_test::gate;

struct story {
  gate child_runs, handed_over, child_is_gone, forked;
  bool fork_ran = false;
  std::coroutine_handle<> handle;
};

struct forks_afterwards {
  story& told;
  mp::scope_ref onto;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const {
    // The awaiter lies in the coroutine's frame, and that will be gone.
    story& s = told;
    const mp::scope_ref scope = onto;
    s.handle = h;
    s.handed_over.open();
    s.child_is_gone.pass();
    scope.fork([&s] { s.fork_ran = true; });
    s.forked.open();
  }
  void await_resume() const noexcept {}
};

mp::task<> child(story& s, mp::scope_ref outer) {
  s.child_runs.open();
  co_await forks_afterwards{s, outer};
}

}  // namespace

TEST_CASE("an await_suspend may fork onto a scope after the coroutine has gone on and ended") {
  for (int round = 0; round < 20; ++round) {
    mp::thread_pool pool({.num_threads = 1});
    story s;
    pool.scope([&](mp::scope_ref outer) {
      std::thread other([&] {
        pool.scope([&](mp::scope_ref inner) {
          inner.fork(child(s, outer));
          // Until the worker has it.
          s.child_runs.pass();
          s.handed_over.pass();
          s.handle.resume();
        });
        s.child_is_gone.open();
      });
      other.join();
      // The fork must come while this scope is open.
      s.forked.pass();
    });
    REQUIRE(s.fork_ran);
  }
}
