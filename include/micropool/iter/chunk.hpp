// SPDX-License-Identifier: MIT OR Apache-2.0
// The arithmetic of chunks: a loop's positions are cut into units, and participants take ranges of
// units. It knows nothing of threads.
#pragma once

#include <micropool/iter/split.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace micropool::detail {

// Units [first, last).
struct unit_range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  constexpr std::uint32_t size() const noexcept { return last - first; }
  constexpr bool empty() const noexcept { return last <= first; }
};

// Positions [0, n) cut into `count` units: the first `longer` have `size` + 1 positions, the others
// `size`, but for the last, which may have fewer. A loop of more than four thousand million chunks
// gets larger ones, so that a range of units fits into one atomic word.
struct cutting {
  static constexpr std::uint64_t most_units = 0xffff'ffff;

  std::uint64_t n = 0;
  std::uint64_t size = 0;
  std::uint64_t longer = 0;
  std::uint32_t count = 0;

  constexpr std::uint64_t begin_of(std::uint32_t unit) const noexcept {
    return std::min(n, unit * size + std::min<std::uint64_t>(unit, longer));
  }

  static constexpr cutting into(std::uint64_t n, std::uint64_t parts) noexcept {
    const std::uint64_t k = std::min({parts, n, most_units});
    if (k == 0) return {};
    return {n, n / k, n % k, static_cast<std::uint32_t>(k)};
  }
  static constexpr cutting per(std::uint64_t n, std::uint64_t size) noexcept {
    const std::uint64_t s = std::max(size, n / most_units + (n % most_units != 0 ? 1 : 0));
    if (n == 0) return {};
    return {n, s, 0, static_cast<std::uint32_t>((n - 1) / s + 1)};
  }
};

// How the results of units may be put together.
enum class association {
  fixed,  // always as in the same tree over the units: the operation may round
  free,   // in any tree, in index order
  any,    // in any tree and any order
};

// Where the association is free, pieces are cut while the loop runs, so a unit is a position.
// Otherwise the units have to be there before: as many as let eight or sixteen threads end at about
// the same time, but not so small that putting them together costs more than cheap items do.
constexpr cutting automatic_cutting(std::uint64_t n, association a) noexcept {
  if (a != association::fixed) return cutting::per(n, 1);
  constexpr std::uint64_t many = 128, most = 2048, enough = 64;
  if (n <= many) return cutting::per(n, 1);
  return cutting::per(
      n, n <= many * enough ? (n - 1) / many + 1 : std::max(enough, (n - 1) / most + 1));
}

constexpr cutting cut(std::uint64_t n, const split& s, association a,
                      std::uint64_t participants) noexcept {
  switch (s.which()) {
    case split::kind::by_threads: return cutting::into(n, participants);
    case split::kind::by_count: return cutting::into(n, s.number());
    case split::kind::per_items: return cutting::per(n, s.number());
    case split::kind::automatic: break;
  }
  return automatic_cutting(n, a);
}

// The largest group of units at the front of `r`, of at most `wanted`, that is a node of the fixed
// tree: 2^k units that begin at a multiple of 2^k.
constexpr std::uint32_t aligned_front(unit_range r, std::uint32_t wanted) noexcept {
  const std::uint32_t largest = std::bit_floor(std::min(r.size(), wanted));
  if (r.first == 0) return largest;
  return std::min(largest, std::uint32_t{1} << std::countr_zero(r.first));
}

// Where a thief cuts a range in two: it takes what is behind.
constexpr std::uint32_t middle_of(unit_range r) noexcept { return r.first + r.size() / 2; }

}  // namespace micropool::detail
