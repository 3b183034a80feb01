// SPDX-License-Identifier: MIT OR Apache-2.0
// A call on another stack of the same thread.
#include "work/more_stack.hpp"
#include "work/running_fiber.hpp"
#include "work/stack_pool.hpp"

#include "catch.hpp"

#include <micropool/detail/base/macros.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>

using micropool::detail::fiber_of_this_thread;
using micropool::detail::more_stack;

namespace {

constexpr std::size_t size = std::size_t{1} << 20;

void call(more_stack& on, std::function<void()> f) {
  on.call([](void* g) noexcept { (*static_cast<std::function<void()>*>(g))(); }, &f);
}

}  // namespace

TEST_CASE("a call on more stack runs there and comes back") {
  more_stack more(size);
  bool there = false;
  CHECK_FALSE(more.bounds().is_here());
  call(more, [&] { there = more.bounds().has_room(); });
  CHECK(there);
  CHECK_FALSE(more.bounds().is_here());
}

TEST_CASE("a thread knows on which of several stacks above each other it is") {
  CHECK(fiber_of_this_thread() == nullptr);
  more_stack more(size);
  call(more, [&] {
    const auto* const outer = fiber_of_this_thread();
    CHECK_FALSE(outer->of_task);
    CHECK(outer->bounds().is_here());
    more_stack above(size);
    call(above, [&] {
      CHECK(fiber_of_this_thread() != outer);
      CHECK(fiber_of_this_thread()->bounds().is_here());
    });
    CHECK(fiber_of_this_thread() == outer);
  });
  CHECK(fiber_of_this_thread() == nullptr);
}

TEST_CASE("an exception that is being handled beneath is seen on more stack") {
  more_stack more(size);
  const void* beneath = nullptr;
  const void* above = nullptr;
  try {
    throw std::runtime_error("handled");
  } catch (const std::runtime_error& e) {
    beneath = &e;
    call(more, [&] {
      try {
        throw;
      } catch (const std::runtime_error& again) {
        above = &again;
      }
    });
  }
  CHECK(above == beneath);
}

TEST_CASE("a stack on which another one was needed goes to the store instead of the thread") {
  namespace detail = micropool::detail;
  constexpr std::size_t size = std::size_t{3} << 20;  // none such is kept before
  const auto before = detail::stack_cache_held();
  {
    more_stack more(size);
    call(more, [&] {
      more_stack above(size);
      call(above, [] {});
    });
  }
  const auto after = detail::stack_cache_held();
  CHECK(after.shared == before.shared + 1);
}
