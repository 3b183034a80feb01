// SPDX-License-Identifier: MIT OR Apache-2.0
// g++ 12 drops the whole body of a function whose outermost block declares nothing and that has
// co_await in a condition. Its task ended at once, without a result, and its parent read garbage.
// Each of these either does what it says, or ends the program with a message. (Of some such bodies
// the compiler makes an illegal instruction.)
#include <micropool/micropool.hpp>

#include "child_process.hpp"
#include "catch.hpp"

#include <csignal>
#include <cstdio>
#include <string>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<bool> yes() { co_return true; }

// [co_await: on purpose]
mp::task<int> asks() {
  if (co_await yes()) co_return 1;
  co_return 2;
}
// [co_await: on purpose]
mp::task<std::string> asks_for_text() {
  if (co_await yes()) co_return "1";
  co_return "2";
}
// [co_await: on purpose]
mp::task<> loops(int& rounds) {
  while (++rounds < 3 || !co_await yes()) {
  }
}
// [co_await: on purpose]
mp::task<int> switches() {
  switch (co_await yes()) {
    case true: co_return 1;
    default: co_return 2;
  }
}

void ends_right_or_with_a_message(const char* name) {
  const auto child = mt::run_as_child(name);
  CAPTURE(child.output, child.exit_code, child.signal);
  const bool right = child.exit_code == 0;
  const bool told = child.aborted() && child.output.find("ended without a result") != child.output.npos;
  CHECK((right || told || child.signal == SIGILL));
}

}  // namespace

TEST_CASE("a task whose body the compiler has dropped does not yield a result") {
  ends_right_or_with_a_message("child: a number from an if");
  ends_right_or_with_a_message("child: a text from an if in a branch");
  ends_right_or_with_a_message("child: a number from a switch in a background task");
  ends_right_or_with_a_message("child: nothing from a loop");
  ends_right_or_with_a_message("child: nothing from a loop in a child of a scope");
  ends_right_or_with_a_message("child: nothing from a loop in a detached task");
}

TEST_CASE("child: a number from an if", "[.child]") { CHECK(mp::sync_wait(asks()) == 1); }

TEST_CASE("child: a text from an if in a branch", "[.child]") {
  const auto [a, b] = mp::sync_wait(mp::join(yes(), asks_for_text()));
  CHECK(b == "1");
}

TEST_CASE("child: a number from a switch in a background task", "[.child]") {
  CHECK(mp::spawn_owned(switches()).join() == 1);
}

TEST_CASE("child: nothing from a loop", "[.child]") {
  int rounds = 0;
  mp::sync_wait(loops(rounds));
  CHECK(rounds == 3);
}

TEST_CASE("child: nothing from a loop in a child of a scope", "[.child]") {
  int rounds = 0;
  mp::scope([&](mp::scope_ref s) { s.fork(loops(rounds)); });
  CHECK(rounds == 3);
}

TEST_CASE("child: nothing from a loop in a detached task", "[.child]") {
  int rounds = 0;
  {
    mp::thread_pool pool({.num_threads = 1});
    static_cast<void>(pool.spawn_owned(loops(rounds)));
  }
  CHECK(rounds == 3);
}

TEST_CASE("a slot that was never filled says so when it is read") {
  const auto child = mt::run_as_child("child: reads an empty slot");
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("ended without a result"));
  CHECK_THAT(child.output, mt::contains("const auto x = co_await"));
}

TEST_CASE("child: reads an empty slot", "[.child]") {
  mp::detail::slot<int> empty;
  CHECK(empty.get() == 0);
}
