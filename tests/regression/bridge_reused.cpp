// SPDX-License-Identifier: MIT OR Apache-2.0
// A foreign await_suspend returned the handle of another task's wait. It was compared with the
// handle of the own one, whose memory had been given to that other wait meanwhile: both were the
// same address, and so the other wait was destroyed and the task continued for a second time.
#include <micropool/micropool.hpp>

#include "gate.hpp"
#include "catch.hpp"

#include <coroutine>
#include <thread>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct meeting {
  std::coroutine_handle<> first;
  std::coroutine_handle<> second;
  mt::countdown first_is_there{1};
  mt::countdown second_is_there{1};
};

// Gives its handle away, waits for the other one and transfers to it.
struct transfers {
  meeting& m;
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) const {
    m.first = h;
    m.first_is_there.arrive();
    m.second_is_there.wait();
    return m.second;
  }
  void await_resume() const noexcept {}
};
struct gives {
  meeting& m;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const {
    m.second = h;
    m.second_is_there.arrive();
  }
  void await_resume() const noexcept {}
};

// The thread that resumes the first handle takes its memory back, and makes the second from it.
template <class Transfers, class Gives>
void resumes_the_first_and_awaits_the_second(Transfers transfer, Gives give) {
  meeting m;
  mp::thread_pool pool({.num_threads = 0});
  int first_continued = 0;
  int second_continued = 0;
  std::thread first([&] {
    pool.sync_wait(transfer(transfers{m}));
    ++first_continued;
  });
  m.first_is_there.wait();
  m.first.resume();
  pool.sync_wait(give(gives{m}));
  ++second_continued;
  first.join();
  CHECK(first_continued == 1);
  CHECK(second_continued == 1);
}

}  // namespace

TEST_CASE("a foreign await_suspend may transfer to a wait that began after its own was over") {
  const auto in_a_task = [](auto a) -> mp::task<> { co_await a; };
  resumes_the_first_and_awaits_the_second(in_a_task, in_a_task);
}

TEST_CASE("in a stackful task too, await_suspend may transfer to a wait that began later") {
  const auto on_a_stack = [](auto a) { return mp::stackful([a] { mp::await(a); }); };
  resumes_the_first_and_awaits_the_second(on_a_stack, on_a_stack);
}
