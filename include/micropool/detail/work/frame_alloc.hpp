// SPDX-License-Identifier: MIT OR Apache-2.0
// Recycled memory for coroutine frames and scope children: per-thread free lists by size class over
// a bounded shared store over the global heap.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstddef>

namespace micropool::detail {

// Any thread; memory may be given back on another thread than the one it came from.
// Cost: a few nanoseconds when the thread's list is not empty. Throws std::bad_alloc.
// Under AddressSanitizer every block comes from the global heap, so that a use after free is seen.
MICROPOOL_API void* frame_allocate(std::size_t bytes);
MICROPOOL_API void frame_deallocate(void* memory, std::size_t bytes) noexcept;

// How much freed memory is kept for reuse; what is beyond goes back to the heap.
struct frame_cache_limits {
  std::size_t per_thread;
  std::size_t shared;
};

// The calling thread's own limit, and the process-wide limit of the shared store.
MICROPOOL_API void set_frame_cache_limits(frame_cache_limits limits) noexcept;

// Bytes this thread's lists and the shared store hold at present.
MICROPOOL_API frame_cache_limits frame_cache_held() noexcept;

}  // namespace micropool::detail
