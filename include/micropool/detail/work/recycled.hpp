// SPDX-License-Identifier: MIT OR Apache-2.0
// recycled: a standard allocator on top of frame_alloc, for containers of the standard library.
#pragma once

#include <micropool/detail/work/frame_alloc.hpp>

#include <cstddef>

namespace micropool::detail {

// Blocks larger than the largest size class come from the global heap (frame_allocate).
template <class T>
struct recycled {
  using value_type = T;

  recycled() noexcept = default;
  template <class U>
  recycled(const recycled<U>&) noexcept {}

  T* allocate(std::size_t n) { return allocate_for<T>(n); }
  void deallocate(T* memory, std::size_t n) noexcept { deallocate_for(memory, n); }

  friend bool operator==(recycled, recycled) noexcept { return true; }
};

}  // namespace micropool::detail
