// SPDX-License-Identifier: MIT OR Apache-2.0
// split: how a parallel loop is partitioned into chunks.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstdint>

namespace micropool {
namespace detail {
struct pool_state;
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_bad_split(int kind, std::uint64_t n);
}

/// How the n positions of a loop are partitioned into chunks. A participant takes one or more
/// chunks at a time. A small value.
///
/// Which items each chunk folds, and how chunks are combined, depends on n and the split alone,
/// where a consumer promises that (reduce(), fold(), sum()). With split_by_threads() it also
/// depends on the size of the pool.
class split {
public:
  /// What decides on the chunks: see the functions split_auto(), split_by_threads(), split_by() and
  /// split_per().
  enum class kind : std::uint8_t {
    automatic,   ///< the time that the items take
    by_threads,  ///< the number of threads
    by_count,    ///< a number of chunks
    per_items,   ///< a number of positions for each chunk
  };

  /// As split_auto().
  constexpr split() noexcept = default;
  /// n: see number(). Throws std::invalid_argument for an unknown kind, and if n is 0 for a kind
  /// that has a number.
  constexpr split(kind k, std::uint64_t n, detail::pool_state* on = nullptr)
      : kind_(k), n_(n), pool_(on) {
    const bool is_counted = k == kind::by_count || k == kind::per_items;
    const bool is_other = k == kind::automatic || k == kind::by_threads;
    if (is_counted ? n == 0 : !is_other) [[unlikely]] {
      detail::throw_bad_split(static_cast<int>(k), n);
    }
  }

  /// Returns what decides on the chunks.
  constexpr kind which() const noexcept { return kind_; }
  /// by_count: the number of chunks. per_items: the number of positions in each.
  constexpr std::uint64_t number() const noexcept { return n_; }
  /// The pool on which the loop runs; null means the current pool.
  constexpr detail::pool_state* pool() const noexcept { return pool_; }
  /// Compares all members.
  constexpr bool operator==(const split&) const noexcept = default;

private:
  kind kind_ = kind::automatic;
  std::uint64_t n_ = 0;
  detail::pool_state* pool_ = nullptr;
};

/// The default. The caller begins alone, and asks for help once the loop turns out to be long.
/// Participants take as many items at a time as last some microseconds, even if the items' costs
/// differ.
constexpr split split_auto() noexcept { return {}; }
/// One chunk for each thread that may take part: the workers and the caller.
constexpr split split_by_threads() noexcept { return {split::kind::by_threads, 0}; }
/// k chunks whose sizes differ by at most one. Throws std::invalid_argument if k is 0.
///
/// ```cpp
/// sum += mp::par_iter(v).map(work).with(mp::split_by(8)).sum();  // 8 chunks of the same size
/// ```
constexpr split split_by(std::uint64_t k) { return {split::kind::by_count, k}; }
/// Chunks of n positions; the last may have fewer. Throws std::invalid_argument if n is 0.
constexpr split split_per(std::uint64_t n) { return {split::kind::per_items, n}; }
/// Chunks of one position.
constexpr split split_per_item() noexcept { return {split::kind::per_items, 1}; }

}  // namespace micropool
