// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stack_bounds.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace micropool::detail {
namespace {

// In one word, because memory for thread_locals is scarce:
//
//   | top, in pages (45) | size, in pages (19) |        0: not queried yet
//
// An address further than 2 GiB below the top counts as one of another stack.
constexpr unsigned page_bits = 12;
constexpr unsigned size_bits = 19;
constexpr std::uint64_t largest_size = (std::uint64_t{1} << size_bits) - 1;
constexpr std::uint64_t no_stack = std::uint64_t{1} << size_bits;

MICROPOOL_COLD std::uint64_t query_stack() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return no_stack;
  void* lowest = nullptr;
  std::size_t size = 0;
  const int failed = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (failed != 0) return no_stack;
  const std::uint64_t first = reinterpret_cast<std::uintptr_t>(lowest);
  const std::uint64_t top = (first + size) >> page_bits;
  const std::uint64_t bottom = (first + (1u << page_bits) - 1) >> page_bits;
  if (bottom >= top) return no_stack;
  return top << size_bits | std::min(top - bottom, largest_size);
}

}  // namespace

stack_extent stack_of_thread() noexcept {
  // No dynamic initialisation, whose guard would take memory as well.
  [[gnu::tls_model("initial-exec")]] static constinit thread_local std::uint64_t known = 0;
  if (known == 0) [[unlikely]] known = query_stack();
  const std::uint64_t top = known >> size_bits << page_bits;
  const std::uint64_t size = (known & largest_size) << page_bits;
  return {static_cast<std::uintptr_t>(top - size), static_cast<std::size_t>(size)};
}

}  // namespace micropool::detail
