// SPDX-License-Identifier: MIT OR Apache-2.0
// Recycled memory for coroutine frames and scope children: per-thread free lists by size class over
// a bounded shared store over the global heap.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/size_class.hpp>

#include <cstddef>
#include <new>

namespace micropool::detail {

// A block of a size class, from this thread's list. Throws std::bad_alloc.
// Out of line on purpose, as everything that touches a thread_local.
MICROPOOL_API MICROPOOL_NOINLINE void* take_block(std::size_t size_class);
MICROPOOL_API MICROPOOL_NOINLINE void give_block(std::size_t size_class, void* block) noexcept;

// Any thread; memory may be given back on another thread than the one it came from. The size is a
// constant where this is inlined, and so is its class.
// Under AddressSanitizer every block comes from the global heap, so that a use after free is seen.
inline void* frame_allocate(std::size_t bytes) {
  if (MICROPOOL_ASAN || bytes > largest_class_size) return ::operator new(bytes);
  return take_block(size_class_of(bytes));
}
inline void frame_deallocate(void* memory, std::size_t bytes) noexcept {
  if (MICROPOOL_ASAN || bytes > largest_class_size) {
    ::operator delete(memory);
  } else {
    give_block(size_class_of(bytes), memory);
  }
}

// For objects of a known type, which may want more than the usual alignment.
template <class T>
T* allocate_for(std::size_t n = 1) {
  if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{alignof(T)}));
  } else {
    return static_cast<T*>(frame_allocate(n * sizeof(T)));
  }
}
template <class T>
void deallocate_for(T* memory, std::size_t n = 1) noexcept {
  if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    ::operator delete(memory, std::align_val_t{alignof(T)});
  } else {
    frame_deallocate(memory, n * sizeof(T));
  }
}

// How much freed memory is kept for reuse; what is beyond goes back to the heap.
struct frame_cache_limits {
  std::size_t per_thread;  // bytes of each size class that a thread keeps
  std::size_t shared;               // bytes that the shared store keeps
};

// The calling thread's own limit, and the process-wide one of the shared store.
MICROPOOL_API void set_frame_cache_limits(frame_cache_limits limits) noexcept;

// Bytes that this thread's lists and the shared store hold at present.
struct frame_cache_use {
  std::size_t this_thread;
  std::size_t shared;
};
MICROPOOL_API frame_cache_use frame_cache_held() noexcept;

}  // namespace micropool::detail
