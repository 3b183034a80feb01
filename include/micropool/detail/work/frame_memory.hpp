// SPDX-License-Identifier: MIT OR Apache-2.0
// frame_memory: allocates coroutine frames with the alignment that they need.
//
// A frame holds the parameters, variables and temporaries of its coroutine, which may have any
// alignment. Compilers pass little of that to operator new:
//
//   clang with -fcoro-aligned-allocation   the alignment
//   clang otherwise                        the size only, which tells nothing
//   gcc                                    the size only, which is a multiple of the alignment, as
//                                          the size of every type is
//
// So gcc's frames are aligned to the largest power of two, up to a page, that divides their size.
// About one frame in sixteen has a size that demands more than a cache line, which costs padding
// between blocks of the heap. For clang, the promise passes what the declaration of the coroutine
// tells (AtLeast).
#pragma once

#include <micropool/detail/work/frame_alloc.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>

namespace micropool::detail {

// A parameter type for coroutines of this library that names the types of their variables, whose
// alignment the declaration does not show otherwise.
template <class... Variables>
struct frame_of {};

// Base of a promise. Throws std::bad_alloc.
template <std::size_t AtLeast = block_alignment>
struct frame_memory {
  static void* operator new(std::size_t n) { return frame_allocate(n, alignment_of(n)); }
  static void operator delete(void* p, std::size_t n) noexcept {
    frame_deallocate(p, n, alignment_of(n));
  }
  static void* operator new(std::size_t n, std::align_val_t a) {
    return frame_allocate(n, static_cast<std::size_t>(a));
  }
  static void operator delete(void* p, std::size_t n, std::align_val_t a) noexcept {
    frame_deallocate(p, n, static_cast<std::size_t>(a));
  }

private:
  static constexpr std::size_t alignment_of([[maybe_unused]] std::size_t size) noexcept {
#if defined(__clang__)
    return AtLeast;
#else
    return std::max(AtLeast,
                    std::min(strictest_alignment, std::size_t{1} << std::countr_zero(size)));
#endif
  }
};

}  // namespace micropool::detail
