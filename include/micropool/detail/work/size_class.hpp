// SPDX-License-Identifier: MIT OR Apache-2.0
// The sizes that recycled blocks come in: every 64 bytes up to 1 KiB, then four per doubling up to
// 32 KiB, so that at most a fifth of a large block is wasted.
#pragma once

#include <bit>
#include <cstddef>

namespace micropool::detail {

// Blocks begin on a cache line of their own. Frames are taken by one thread and given back by
// another, so after a while neighbours belong to different threads; sharing a line with one cost a
// fine fork-join up to 1.7 times its time on two threads.
inline constexpr std::size_t block_alignment = 64;

inline constexpr std::size_t size_class_count = 36;
inline constexpr std::size_t largest_class_size = 32768;

constexpr std::size_t size_class_of(std::size_t bytes) noexcept {
  if (bytes <= 1024) return bytes == 0 ? 0 : (bytes - 1) / 64;
  const std::size_t last = bytes - 1;
  const auto doubling = static_cast<std::size_t>(std::bit_width(last)) - 1;  // 10 and more
  return 16 + (doubling - 10) * 4 + ((last >> (doubling - 2)) & 3);
}

constexpr std::size_t size_of_class(std::size_t c) noexcept {
  if (c < 16) return (c + 1) * 64;
  const std::size_t doubling = 10 + (c - 16) / 4;
  return (std::size_t{1} << doubling) + ((c - 16) % 4 + 1) * (std::size_t{1} << (doubling - 2));
}

static_assert(size_of_class(size_class_of(1)) == 64);
static_assert(size_of_class(size_class_of(1024)) == 1024);
static_assert(size_of_class(size_class_of(1025)) == 1280);
static_assert(size_class_of(largest_class_size) == size_class_count - 1);
static_assert(size_of_class(size_class_count - 1) == largest_class_size);

}  // namespace micropool::detail
