// SPDX-License-Identifier: MIT OR Apache-2.0
// Backtraces, as the C++ runtime, profilers and debuggers take them, end where a fiber begins.
#include "some_fiber.hpp"

#include "work/running_fiber.hpp"

#include "catch.hpp"

#include <unwind.h>

#include <cstddef>
#include <cstdint>

namespace {

using micropool::detail::fiber_of_this_thread;
using micropool::detail::stack_memory;
using micropool_test::some_fiber;

// What a walk from the caller outwards finds.
struct walk {
  std::uintptr_t function = 0;  // one that it is to meet
  stack_memory stack;           // of a fiber

  std::size_t frames = 0;
  std::size_t frames_on_stack = 0;
  bool meets_function = false;
  std::uintptr_t outermost = 1;  // where the last one goes on
  _Unwind_Reason_Code ended_with = _URC_NO_REASON;

  // The outermost function has no caller: there is no address to return to. A walk that does
  // not know its end stops as well, at the first address that belongs to no function, or crashes.
  bool ends_at_a_function_that_nobody_called() const {
    return ended_with == _URC_END_OF_STACK && outermost == 0;
  }
};

_Unwind_Reason_Code look_at(_Unwind_Context* c, void* into) {
  walk& w = *static_cast<walk*>(into);
  // More than these tests call: a circle.
  if (++w.frames > 200) return _URC_NORMAL_STOP;
  const std::uintptr_t position = _Unwind_GetCFA(c);
  const auto lowest = reinterpret_cast<std::uintptr_t>(w.stack.lowest);
  if (position >= lowest && position <= lowest + w.stack.size) ++w.frames_on_stack;
  if (_Unwind_GetRegionStart(c) == w.function) w.meets_function = true;
  w.outermost = _Unwind_GetIP(c);
  return _URC_NO_REASON;
}

// What runs behind the walk keeps the calls of these from being jumps.
volatile int calls = 0;

[[gnu::noinline]] void walk_from_here(walk& w) {
  w.ended_with = _Unwind_Backtrace(&look_at, &w);
  calls = calls + 1;
}
[[gnu::noinline]] void code_in_a_fiber(walk& w) {
  w.function = reinterpret_cast<std::uintptr_t>(&code_in_a_fiber);
  w.stack = fiber_of_this_thread()->memory;
  walk_from_here(w);
  calls = calls + 1;
}
[[gnu::noinline]] void code_on_a_thread(walk& w) {
  w.function = reinterpret_cast<std::uintptr_t>(&code_on_a_thread);
  walk_from_here(w);
  calls = calls + 1;
}

void check_walk_in_fiber(const walk& w) {
  CHECK(w.ends_at_a_function_that_nobody_called());
  CHECK(w.meets_function);
  CHECK(w.frames_on_stack == w.frames);
}

}  // namespace

TEST_CASE("a backtrace in a fiber ends with the fiber") {
  walk w;
  some_fiber f([&](some_fiber&) { code_in_a_fiber(w); });
  f.run();
  check_walk_in_fiber(w);
}

TEST_CASE("a backtrace in a fiber that goes on ends with the fiber") {
  walk w;
  some_fiber f([&](some_fiber& self) {
    self.pause();
    code_in_a_fiber(w);
  });
  f.run();
  run_on_another_thread(f);
  check_walk_in_fiber(w);
}

TEST_CASE("a backtrace in a fiber inside another ends with the inner one") {
  walk inside;
  walk outside;
  some_fiber inner([&](some_fiber&) { code_in_a_fiber(inside); });
  some_fiber outer([&](some_fiber&) {
    inner.run();
    code_in_a_fiber(outside);
  });
  outer.run();
  check_walk_in_fiber(inside);
  check_walk_in_fiber(outside);
  CHECK(inside.stack.lowest != outside.stack.lowest);
}

TEST_CASE("a backtrace on a thread's own stack meets nothing of a fiber that waits") {
  walk w;
  some_fiber f([&](some_fiber& self) {
    w.stack = fiber_of_this_thread()->memory;
    self.pause();
  });
  f.run();
  code_on_a_thread(w);
  f.run();
  CHECK(w.ends_at_a_function_that_nobody_called());
  CHECK(w.meets_function);
  CHECK(w.frames_on_stack == 0);
}
