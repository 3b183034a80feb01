// SPDX-License-Identifier: MIT OR Apache-2.0
// lowest_usable_stack: below where the thread is, above where its stack ends.
#include "base/stack_bounds.hpp"

#include "catch.hpp"

#include <micropool/detail/base/cpu.hpp>

#include <pthread.h>

#include <cstddef>

namespace detail = micropool::detail;

namespace {

struct bounds {
  std::uintptr_t lowest = 0;
  std::size_t size = 0;
  std::uintptr_t lowest_usable = 0;
  std::uintptr_t here = 0;
};

// Of the calling thread. A sanitizer may make a small stack larger than was asked for.
void* measure(void* out) {
  auto& seen = *static_cast<bounds*>(out);
  seen.lowest_usable = detail::lowest_usable_stack();
  seen.here = detail::stack_position();
  pthread_attr_t attributes;
  void* lowest = nullptr;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return nullptr;
  if (pthread_attr_getstack(&attributes, &lowest, &seen.size) != 0) seen.size = 0;
  pthread_attr_destroy(&attributes);
  seen.lowest = reinterpret_cast<std::uintptr_t>(lowest);
  return nullptr;
}

// As seen by a thread with a stack of that size.
bounds bounds_with(std::size_t stack_size) {
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, stack_size) == 0);
  pthread_t thread;
  bounds seen;
  REQUIRE(pthread_create(&thread, &attributes, measure, &seen) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  REQUIRE(pthread_attr_destroy(&attributes) == 0);
  return seen;
}

}  // namespace

TEST_CASE("a thread stands above the lowest address that it may use") {
  bounds seen;
  measure(&seen);
  REQUIRE(seen.lowest_usable != 0);
  CHECK(seen.lowest_usable < seen.here);
}

TEST_CASE("a thread with a small stack keeps at most half of it free for user code") {
  const bounds seen = bounds_with(std::size_t{256} << 10);
  REQUIRE(seen.size > 0);
  CHECK(seen.lowest_usable > seen.lowest);
  CHECK(seen.lowest_usable - seen.lowest <= seen.size / 2);
}

TEST_CASE("a thread with a large stack may use nearly all of it") {
  const bounds seen = bounds_with(std::size_t{16} << 20);
  REQUIRE(seen.size >= std::size_t{16} << 20);
  CHECK(seen.lowest_usable < seen.here);
  CHECK(seen.lowest_usable > seen.lowest);
  CHECK(seen.lowest_usable - seen.lowest < seen.size / 8);
}
