// SPDX-License-Identifier: MIT OR Apache-2.0
// The size classes of recycled blocks: every 64 bytes up to 1 KiB, then four per doubling up to
// 32 KiB, so that at most a fifth of a large block is wasted. A second set, every 128 bytes up to
// 1 KiB and then four per doubling, serves memory that needs more alignment than a cache line.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

namespace micropool::detail {

// Blocks do not share cache lines. Frames are taken by one thread and returned by another, so after
// a while adjacent blocks belong to different threads. With shared lines, a fine-grained fork-join
// on two threads took up to 1.7 times as long.
inline constexpr std::size_t block_alignment = 64;

inline constexpr std::size_t usual_class_count = 36;
inline constexpr std::size_t size_class_count = usual_class_count + 28;
inline constexpr std::size_t largest_class_size = 32768;

constexpr std::size_t size_class_of(std::size_t bytes) noexcept {
  if (bytes <= 1024) return bytes == 0 ? 0 : (bytes - 1) / 64;
  const std::size_t last = bytes - 1;
  const auto doubling = static_cast<std::size_t>(std::bit_width(last)) - 1;  // 10 and more
  return 16 + (doubling - 10) * 4 + ((last >> (doubling - 2)) & 3);
}

constexpr std::size_t size_of_class(std::size_t c) noexcept {
  if (c >= usual_class_count) {
    const std::size_t of_128 = c - usual_class_count;
    if (of_128 < 8) return (of_128 + 1) * 128;
    c = 16 + of_128 - 8;
  }
  if (c < 16) return (c + 1) * 64;
  const std::size_t doubling = 10 + (c - 16) / 4;
  return (std::size_t{1} << doubling) + ((c - 16) % 4 + 1) * (std::size_t{1} << (doubling - 2));
}

// Blocks of the second set are aligned to the largest power of two, up to a page, that divides
// their size. A size that is a multiple of an alignment falls into a class whose size is a multiple
// as well: either it is the size of the class, or the steps between classes are multiples.
inline constexpr std::size_t strictest_alignment = 4096;

constexpr std::size_t alignment_of_class(std::size_t c) noexcept {
  if (c < usual_class_count) return block_alignment;
  return std::min(strictest_alignment, std::size_t{1} << std::countr_zero(size_of_class(c)));
}

constexpr std::size_t multiple_of(std::size_t alignment, std::size_t bytes) noexcept {
  return (bytes + alignment - 1) & ~(alignment - 1);
}
constexpr bool has_aligned_class(std::size_t bytes, std::size_t alignment) noexcept {
  return alignment <= strictest_alignment && bytes <= largest_class_size;
}
// Requires has_aligned_class() and an alignment above block_alignment.
constexpr std::size_t aligned_class_of(std::size_t bytes, std::size_t alignment) noexcept {
  const std::size_t n = std::max(multiple_of(alignment, bytes), alignment);
  if (n <= 1024) return usual_class_count + n / 128 - 1;
  return usual_class_count + 8 + size_class_of(n) - 16;
}

static_assert(size_of_class(size_class_of(1)) == 64);
static_assert(size_of_class(size_class_of(1024)) == 1024);
static_assert(size_of_class(size_class_of(1025)) == 1280);
static_assert(size_class_of(largest_class_size) == usual_class_count - 1);
static_assert(size_of_class(usual_class_count - 1) == largest_class_size);
static_assert(size_of_class(aligned_class_of(1, 128)) == 128);
static_assert(size_of_class(aligned_class_of(1024, 1024)) == 1024);
static_assert(size_of_class(aligned_class_of(1025, 128)) == 1280);
static_assert(aligned_class_of(largest_class_size, 4096) == size_class_count - 1);
static_assert(size_of_class(size_class_count - 1) == largest_class_size);

}  // namespace micropool::detail
