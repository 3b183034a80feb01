// SPDX-License-Identifier: MIT OR Apache-2.0
// The arithmetic of chunks: the positions of a loop are partitioned into chunks,
// and participants take ranges of chunks. This file knows nothing of threads.
#pragma once

#include <micropool/iter/split.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace micropool::detail {

// Chunks [first, last).
struct chunk_range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  constexpr std::uint32_t size() const noexcept { return last - first; }
  constexpr bool empty() const noexcept { return last <= first; }
};

// A partition of positions [0, n) into `count` chunks. The first `longer` chunks have `size` + 1
// positions, the others `size`; the last may have fewer. A chunk number has 32 bits, so that a
// range of chunks fits into one atomic word; if more chunks are wanted, they are made larger
// instead.
struct chunking {
  static constexpr std::uint64_t most_chunks = 0xffff'ffff;

  std::uint64_t n = 0;
  std::uint64_t size = 0;
  std::uint64_t longer = 0;
  std::uint32_t count = 0;

  constexpr std::uint64_t begin_of(std::uint32_t chunk) const noexcept {
    return std::min(n, chunk * size + std::min<std::uint64_t>(chunk, longer));
  }

  static constexpr chunking into(std::uint64_t n, std::uint64_t parts) noexcept {
    const std::uint64_t k = std::min({parts, n, most_chunks});
    if (k == 0) return {};
    return {n, n / k, n % k, static_cast<std::uint32_t>(k)};
  }
  static constexpr chunking per(std::uint64_t n, std::uint64_t size) noexcept {
    const std::uint64_t s = std::max(size, n / most_chunks + (n % most_chunks != 0 ? 1 : 0));
    if (n == 0) return {};
    // Most loops begin with a chunk per item, and the division takes as long as several of them.
    return {n, s, 0, static_cast<std::uint32_t>(s == 1 ? n : (n - 1) / s + 1)};
  }
};

// How the partial results of chunks may be combined to that of the loop.
enum class combine_order {
  fixed_tree,  // along one fixed tree over the chunks: the operation may round
  in_order,    // in any tree, in index order
  unordered,   // in any tree and any order
};

// Unless the tree is fixed, participants cut ranges while the loop runs, so a chunk is one
// position. A fixed tree needs its chunks beforehand: enough of them for eight or sixteen threads
// to end at about the same time, but not so small that combining costs more than cheap items do.
constexpr chunking automatic_chunking(std::uint64_t n, combine_order a) noexcept {
  if (a != combine_order::fixed_tree) return chunking::per(n, 1);
  constexpr std::uint64_t many = 128, most = 2048, enough = 64;
  if (n <= many) return chunking::per(n, 1);
  return chunking::per(
      n, n <= many * enough ? (n - 1) / many + 1 : std::max(enough, (n - 1) / most + 1));
}

constexpr chunking make_chunking(std::uint64_t n, const split& s, combine_order a,
                      std::uint64_t participants) noexcept {
  switch (s.which()) {
    case split::kind::by_threads: return chunking::into(n, participants);
    case split::kind::by_count: return chunking::into(n, s.number());
    case split::kind::per_items: return chunking::per(n, s.number());
    case split::kind::automatic: break;
  }
  return automatic_chunking(n, a);
}

// Returns the size of the largest group of at most `wanted` chunks at the front of `r` that is a
// node of the fixed tree: 2^k chunks that begin at a multiple of 2^k.
constexpr std::uint32_t aligned_front(chunk_range r, std::uint32_t wanted) noexcept {
  const std::uint32_t largest = std::bit_floor(std::min(r.size(), wanted));
  if (r.first == 0) return largest;
  return std::min(largest, std::uint32_t{1} << std::countr_zero(r.first));
}

// Where a range is cut in two. A thief takes the rear part.
constexpr std::uint32_t middle_of(chunk_range r) noexcept { return r.first + r.size() / 2; }

}  // namespace micropool::detail
