// SPDX-License-Identifier: MIT OR Apache-2.0
// Recycled memory for coroutine frames and scope children: per-thread free lists by size class,
// backed by a bounded shared store, backed by the global heap.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/size_class.hpp>

#include <cstddef>

namespace micropool::detail {

// Takes a block of a size class from this thread's list. Throws std::bad_alloc.
// Out of line on purpose, as is everything that accesses a thread_local.
MICROPOOL_API MICROPOOL_NOINLINE void* take_block(std::size_t size_class);
MICROPOOL_API MICROPOOL_NOINLINE void give_block(std::size_t size_class, void* block) noexcept;

// Takes a block from the global heap, for sizes and alignments that no size class has. Throws
// std::bad_alloc. Out of line, because g++ 12 warns of a frame whose operator new it inlines but
// whose operator delete it calls.
MICROPOOL_API MICROPOOL_NOINLINE void* take_from_heap(std::size_t bytes, std::size_t alignment);
MICROPOOL_API MICROPOOL_NOINLINE void give_to_heap(void* memory, std::size_t alignment) noexcept;

// Under AddressSanitizer every block comes from the global heap, so that a use after free is
// detected; on the simulated machine (tests/simulation) it does if the test wants that.
#if defined(MICROPOOL_SIMULATED)
extern "C" bool micropool_simulated_recycling() noexcept;
inline bool recycles() noexcept { return micropool_simulated_recycling(); }
#else
constexpr bool recycles() noexcept { return !MICROPOOL_ASAN; }
#endif

// Memory aligned to a cache line (block_alignment). Any thread; a block may be returned on another
// thread than the one that took it. Where this is inlined the size is a constant, and so is its
// class.
inline void* frame_allocate(std::size_t bytes) {
  if (!recycles() || bytes > largest_class_size) {
    return take_from_heap(bytes, block_alignment);
  }
  return take_block(size_class_of(bytes));
}
inline void frame_deallocate(void* memory, std::size_t bytes) noexcept {
  if (!recycles() || bytes > largest_class_size) {
    give_to_heap(memory, block_alignment);
  } else {
    give_block(size_class_of(bytes), memory);
  }
}

// The same for any alignment, which must be a power of two.
inline void* frame_allocate(std::size_t bytes, std::size_t alignment) {
  if (alignment <= block_alignment) return frame_allocate(bytes);
  if (!recycles() || !has_aligned_class(bytes, alignment)) {
    return take_from_heap(bytes, alignment);
  }
  return take_block(aligned_class_of(bytes, alignment));
}
inline void frame_deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= block_alignment) return frame_deallocate(memory, bytes);
  if (!recycles() || !has_aligned_class(bytes, alignment)) {
    give_to_heap(memory, alignment);
  } else {
    give_block(aligned_class_of(bytes, alignment), memory);
  }
}

// For objects of a known type.
template <class T>
T* allocate_for(std::size_t n = 1) {
  return static_cast<T*>(frame_allocate(n * sizeof(T), alignof(T)));
}
template <class T>
void deallocate_for(T* memory, std::size_t n = 1) noexcept {
  frame_deallocate(memory, n * sizeof(T), alignof(T));
}

// How much freed memory is kept for reuse. The rest is returned to the heap.
struct frame_cache_limits {
  std::size_t per_thread;  // bytes of each size class that a thread keeps
  std::size_t shared;      // bytes that the shared store keeps
};

// Sets the calling thread's own limit, and the process-wide limit of the shared store.
MICROPOOL_API void set_frame_cache_limits(frame_cache_limits limits) noexcept;

// The bytes that this thread's lists and the shared store hold at present.
struct frame_cache_use {
  std::size_t this_thread;
  std::size_t shared;
};
MICROPOOL_API frame_cache_use frame_cache_held() noexcept;

}  // namespace micropool::detail
