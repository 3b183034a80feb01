// SPDX-License-Identifier: MIT OR Apache-2.0
// bounds_of_thread: the floor is below where the thread is and above where its stack ends.
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
  std::uintptr_t floor = 0;
  bool has_room = false;
  std::uintptr_t here = 0;
};

// The stack of the calling thread. A sanitizer may make a small stack larger than was asked for.
void* measure(void* out) {
  auto& seen = *static_cast<bounds*>(out);
  seen.floor = detail::bounds_of_thread().floor;
  seen.has_room = detail::bounds_of_thread().has_room();
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
  REQUIRE(seen.floor != 0);
  CHECK(seen.has_room);
  CHECK(seen.floor < seen.here);
}

TEST_CASE("a thread with a small stack keeps at most half of it free for user code") {
  const bounds seen = bounds_with(std::size_t{256} << 10);
  REQUIRE(seen.size > 0);
  CHECK(seen.floor > seen.lowest);
  CHECK(seen.floor - seen.lowest <= seen.size / 2);
}

TEST_CASE("a thread with a large stack may use nearly all of it") {
  const bounds seen = bounds_with(std::size_t{16} << 20);
  REQUIRE(seen.size >= std::size_t{16} << 20);
  CHECK(seen.floor < seen.here);
  CHECK(seen.floor > seen.lowest);
  CHECK(seen.floor - seen.lowest < seen.size / 8);
}

TEST_CASE("a stack that ends below the caller or begins above it has no room") {
  const std::uintptr_t here = detail::stack_position();
  constexpr std::size_t size = std::size_t{1} << 20;
  const auto around = detail::stack_bounds::of(here - size / 2, size);
  CHECK(around.has_room());
  CHECK(around.is_here());
  const auto below = detail::stack_bounds::of(here - 2 * size, size);
  CHECK_FALSE(below.has_room());
  CHECK_FALSE(below.is_here());
  const auto above = detail::stack_bounds::of(here + size, size);
  CHECK_FALSE(above.has_room());
  CHECK_FALSE(above.is_here());
}

TEST_CASE("a stack has no room below its floor and an unknown one nowhere") {
  const std::uintptr_t here = detail::stack_position();
  constexpr std::size_t size = std::size_t{1} << 20;
  const auto nearly_used_up = detail::stack_bounds::of(here - size / 8, size);
  CHECK(nearly_used_up.is_here());
  CHECK_FALSE(nearly_used_up.has_room());
  CHECK_FALSE(detail::stack_bounds::unknown().has_room());
  CHECK_FALSE(detail::stack_bounds::unknown().is_here());
}
