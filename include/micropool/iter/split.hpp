// SPDX-License-Identifier: MIT OR Apache-2.0
// split: into which pieces a parallel loop is cut.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstdint>

namespace micropool {
namespace detail {
struct pool_state;
}

// How a loop over n positions is cut into chunks, the pieces that participants take. A small value.
//
// What is folded in one chunk, and how chunks are combined, depends on n and the split alone,
// except for split_by_threads(), which depends on the size of the pool as well.
class split {
public:
  enum class kind : std::uint8_t { automatic, by_threads, by_count, per_items };

  constexpr split() noexcept = default;
  constexpr split(kind k, std::uint64_t n, detail::pool_state* on = nullptr) noexcept
      : kind_(k), n_(n), pool_(on) {}

  constexpr kind which() const noexcept { return kind_; }
  // Of by_count: how many chunks. Of per_items: how many positions each has.
  constexpr std::uint64_t number() const noexcept { return n_; }
  // The pool on which the loop runs; null: the current one.
  constexpr detail::pool_state* pool() const noexcept { return pool_; }
  constexpr bool operator==(const split&) const noexcept = default;

private:
  kind kind_ = kind::automatic;
  std::uint64_t n_ = 0;
  detail::pool_state* pool_ = nullptr;
};

// The default. Begins alone; asks for help when the loop turns out to last; takes pieces that last
// some microseconds each, however uneven the items are.
constexpr split split_auto() noexcept { return {}; }
// One chunk for each thread that may take part: the workers and the caller.
constexpr split split_by_threads() noexcept { return {split::kind::by_threads, 0}; }
// k chunks whose sizes differ by one at most. Throws std::invalid_argument if k is 0.
MICROPOOL_API split split_by(std::uint64_t k);
// Chunks of n positions, of which the last may have fewer. Throws std::invalid_argument if n is 0.
MICROPOOL_API split split_per(std::uint64_t n);
// Chunks of one position.
constexpr split split_per_item() noexcept { return {split::kind::per_items, 1}; }

}  // namespace micropool
