// SPDX-License-Identifier: MIT OR Apache-2.0
// What AddressSanitizer knows about stacks, before, in and after a fiber.
#include "some_fiber.hpp"

#include "work/running_fiber.hpp"
#include "work/stack_pool.hpp"

#include "catch.hpp"

#include <sanitizer/asan_interface.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <string>

namespace {

using micropool::detail::fiber_of_this_thread;
using micropool::detail::stack_memory;
using micropool_test::some_fiber;

// Does it take the caller's frame for one on the stack of this thread? It knows one at a time.
[[gnu::noinline]] bool knows_this_stack() {
  char name[16];
  void* region = nullptr;
  std::size_t size = 0;
  const char* const kind =
      __asan_locate_address(__builtin_frame_address(0), name, sizeof name, &region, &size);
  return std::string(kind) == "stack";
}

[[gnu::noinline]] void write_to(volatile char* block, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) block[i] = 1;
}
// Has a local that the sanitizer keeps elsewhere, where it looks for uses after a return.
[[gnu::noinline]] void use_locals() {
  char block[200];
  write_to(block, sizeof block);
}

std::size_t mapped_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  file >> all;
  return all * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("the stack that runs is the one that the sanitizer knows") {
  bool inside = false;
  bool inside_again = false;
  some_fiber f([&](some_fiber& self) {
    inside = knows_this_stack();
    self.pause();
    inside_again = knows_this_stack();
  });
  CHECK(knows_this_stack());
  f.run();
  CHECK(knows_this_stack());
  run_on_another_thread(f);
  CHECK(knows_this_stack());
  CHECK(inside);
  CHECK(inside_again);
}

TEST_CASE("what the sanitizer keeps for a fiber goes with it") {
  const auto run_many = [] {
    for (int i = 0; i < 200; ++i) {
      some_fiber f([](some_fiber& self) {
        use_locals();
        self.pause();
        use_locals();
      });
      f.run();
      f.run();
    }
  };
  run_many();
  const std::size_t before = mapped_bytes();
  run_many();
  // Its own stack for locals takes as much as the fiber's at least.
  CHECK(mapped_bytes() < before + std::size_t{100} * (64 << 10));
}

TEST_CASE("a stack is handed on without the marks of what has run on it") {
  stack_memory stack;
  {
    some_fiber f([&](some_fiber&) {
      stack = fiber_of_this_thread()->memory;
      __asan_poison_memory_region(stack.lowest, 64);
    });
    f.run();
  }
  CHECK(__asan_region_is_poisoned(stack.lowest, stack.size) == nullptr);
}
