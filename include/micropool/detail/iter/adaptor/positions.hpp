// SPDX-License-Identifier: MIT OR Apache-2.0
// What the adaptors that count, move or concatenate positions have in common.
#pragma once

#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// The size of a stage with more positions than a std::size_t can count, such as two endless stages
// chained. Adaptors that reduce the size keep this value, because the true size is not known; a
// loop over more than 2^63 positions is refused (checked_positions()).
inline constexpr std::size_t uncountable = std::numeric_limits<std::size_t>::max();

// The size of two concatenated stages, saturated at `uncountable`.
constexpr std::size_t sum_of_sizes(std::size_t a, std::size_t b) noexcept {
  return a > uncountable - b ? uncountable : a + b;
}
// The number of steps of `step` positions, of which the last may be shorter.
constexpr std::size_t steps_in(std::size_t n, std::size_t step) noexcept {
  return n == 0 || n == uncountable ? n : (n - 1) / step + 1;
}

// The type of an item of either kind: a reference, or a value that is not const, so that it can be
// moved.
template <class Item, class Other>
  requires std::common_reference_with<Item, Other>
using common_item_t =
    std::conditional_t<std::is_reference_v<std::common_reference_t<Item, Other>>,
                       std::common_reference_t<Item, Other>,
                       std::remove_cv_t<std::common_reference_t<Item, Other>>>;

// Base of the adaptors of two stages (see adaptor_of).
template <stage First, stage Second>
class adaptor_of_two {
public:
  static constexpr bool is_repeatable = repeatable_stage<First> && repeatable_stage<Second>;

  adaptor_of_two(First&& a, Second&& b) : first_(std::move(a)), second_(std::move(b)) {}

  task<> prepare()
    requires(prepared_stage<First> || prepared_stage<Second>)
  {
    if constexpr (prepared_stage<First>) co_await first_.prepare();
    if constexpr (prepared_stage<Second>) co_await second_.prepare();
  }
  // Returns true once both have ended: after one has, the loop still wants the items of the other.
  bool has_ended() const
    requires(ending_stage<First> && ending_stage<Second>)
  {
    return first_.has_ended() && second_.has_ended();
  }

protected:
  First first_;
  Second second_;
};

}  // namespace micropool::detail
