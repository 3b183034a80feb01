// SPDX-License-Identifier: MIT OR Apache-2.0
// A fiber by itself, without an engine: what a stack keeps while it is left.
#include "some_fiber.hpp"

#include "work/running_fiber.hpp"
#include "work/stack_pool.hpp"

#include "catch.hpp"

#include <cfenv>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using micropool::detail::fiber_of_this_thread;
using micropool_test::some_fiber;

TEST_CASE("a fiber runs in pieces and says when it has ended") {
  std::vector<int> order;
  some_fiber f([&](some_fiber& self) {
    order.push_back(1);
    self.pause();
    order.push_back(3);
  });
  CHECK_FALSE(f.run());
  CHECK(&f.get().wanted() == &f.nothing());
  order.push_back(2);
  CHECK(f.run());
  CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("its locals are on its own stack and stay") {
  bool on_own_stack = false;
  int sum = 0;
  some_fiber f([&](some_fiber& self) {
    volatile int numbers[100];
    for (int i = 0; i < 100; ++i) numbers[i] = i;
    const auto& s = fiber_of_this_thread()->memory;
    // With AddressSanitizer locals may live elsewhere.
    const auto* here = static_cast<std::byte*>(__builtin_frame_address(0));
    on_own_stack = here >= s.lowest && here < s.top();
    self.pause();
    for (int i = 0; i < 100; ++i) sum += numbers[i];
  });
  f.run();
  run_on_another_thread(f);
  CHECK(on_own_stack);
  CHECK(sum == 4950);
}

TEST_CASE("a thread knows on which fiber's stack it is") {
  const void* inside = nullptr;
  const void* nested = nullptr;
  const void* after = nullptr;
  some_fiber inner([&](some_fiber&) { nested = fiber_of_this_thread(); });
  some_fiber f([&](some_fiber&) {
    inside = fiber_of_this_thread();
    inner.run();
    after = fiber_of_this_thread();
  });
  f.run();
  CHECK(inside != nullptr);
  CHECK(nested != nullptr);
  CHECK(nested != inside);
  CHECK(after == inside);
  CHECK(fiber_of_this_thread() == nullptr);
}

TEST_CASE("an exception that is being handled stays with the stack on every thread") {
  std::string thrown_again;
  some_fiber f([&](some_fiber& self) {
    try {
      try {
        throw std::runtime_error("inside");
      } catch (const std::runtime_error&) {
        self.pause();
        throw;
      }
    } catch (const std::runtime_error& e) {
      thrown_again = e.what();
    }
  });
  f.run();
  CHECK(std::current_exception() == nullptr);
  try {
    throw std::runtime_error("outside");
  } catch (const std::runtime_error&) {
    run_on_another_thread(f);
  }
  CHECK(thrown_again == "inside");
}

TEST_CASE("a fiber that is left in a handler does not end the handler of its host") {
  std::string thrown_again;
  some_fiber f([&](some_fiber& self) {
    try {
      throw 1;
    } catch (int) {
      self.pause();
    }
  });
  try {
    try {
      throw std::runtime_error("outside");
    } catch (const std::runtime_error&) {
      f.run();
      f.run();
      throw;
    }
  } catch (const std::runtime_error& e) {
    thrown_again = e.what();
  }
  CHECK(thrown_again == "outside");
}

TEST_CASE("uncaught exceptions are those of the stack") {
  int outside = -1;
  int inside = -1;
  struct at_end {
    some_fiber& self;
    int& inside;
    ~at_end() {
      self.pause();
      inside = std::uncaught_exceptions();
    }
  };
  some_fiber f([&](some_fiber& self) {
    try {
      const at_end a{self, inside};
      throw 1;
    } catch (int) {
    }
  });
  f.run();
  outside = std::uncaught_exceptions();
  run_on_another_thread(f);
  CHECK(outside == 0);
  CHECK(inside == 1);
}

TEST_CASE("the rounding mode belongs to the stack") {
  int inside = -1;
  some_fiber f([&](some_fiber& self) {
    std::fesetround(FE_UPWARD);
    self.pause();
    inside = std::fegetround();
  });
  f.run();
  const int outside = std::fegetround();
  run_on_another_thread(f);
  CHECK(outside == FE_TONEAREST);
  CHECK(inside == FE_UPWARD);
  CHECK(std::fegetround() == FE_TONEAREST);
}

TEST_CASE("a fiber begins with the rounding mode of the thread that makes it") {
  int inside = -1;
  std::fesetround(FE_DOWNWARD);
  some_fiber f([&](some_fiber&) { inside = std::fegetround(); });
  std::fesetround(FE_TONEAREST);
  f.run();
  CHECK(inside == FE_DOWNWARD);
  CHECK(std::fegetround() == FE_TONEAREST);
}

TEST_CASE("any number of fibers may follow one another") {
  // ThreadSanitizer has room for 8,128 threads and fibers that it has not been told the end of.
  int ended = 0;
  for (int i = 0; i < 9'000; ++i) {
    some_fiber f([&](some_fiber& self) {
      self.pause();
      ++ended;
    });
    f.run();
    f.run();
  }
  CHECK(ended == 9'000);
}

TEST_CASE("a new fiber takes the stack of one that has ended") {
  const auto stack_of_one = [] {
    const std::byte* lowest = nullptr;
    some_fiber f([&](some_fiber&) { lowest = fiber_of_this_thread()->memory.lowest; });
    f.run();
    return lowest;
  };
  const std::byte* const first = stack_of_one();
  CHECK(stack_of_one() == first);
}
