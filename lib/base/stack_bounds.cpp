// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stack_bounds.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstddef>

namespace micropool::detail {
namespace {

std::uintptr_t ask() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  std::size_t size = 0;
  const int failed = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (failed != 0) return 0;
  // Half of a small stack, and never more than a deep call chain of user code is likely to need.
  const std::size_t margin = std::min<std::size_t>(size / 2, std::size_t{256} << 10);
  return reinterpret_cast<std::uintptr_t>(lowest) + margin;
}

}  // namespace

std::uintptr_t lowest_usable_stack() noexcept {
  static thread_local const std::uintptr_t lowest = ask();
  return lowest;
}

}  // namespace micropool::detail
