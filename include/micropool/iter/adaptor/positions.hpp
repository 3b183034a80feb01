// SPDX-License-Identifier: MIT OR Apache-2.0
// What adaptors that count, move or join positions have in common.
#pragma once

#include <micropool/iter/concepts.hpp>
#include <micropool/iter/source/bad_argument.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool {

// Not so after filter, flat_map, map_init and the like: nobody knows which item is the n-th before
// the items in front of it have been looked at.
template <class S>
concept one_item_per_position = indexed_stage<S>;

// Not so if elements are moved out of a container, or made by a user's function, when they are
// fetched.
template <class S>
concept items_can_be_fetched_again = one_item_per_position<S> && detail::repeatable_stage<S>;

namespace detail {

// Of two stages behind each other. Nobody gets to where the end is missing.
constexpr std::size_t sum_of_sizes(std::size_t a, std::size_t b) noexcept {
  constexpr std::size_t most = most_positions;
  return a >= most || b >= most ? most : std::min(a + b, most);
}

// What items of both kinds can be: a reference, or a value, which is not const, so that it can be
// moved.
template <class Item, class Other>
  requires std::common_reference_with<Item, Other>
using common_item_t =
    std::conditional_t<std::is_reference_v<std::common_reference_t<Item, Other>>,
                       std::common_reference_t<Item, Other>,
                       std::remove_cv_t<std::common_reference_t<Item, Other>>>;

// What adaptors of two stages have in common (see adaptor_of).
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
  // When one has ended, the loop still wants the other.
  bool has_ended() const
    requires(ending_stage<First> && ending_stage<Second>)
  {
    return first_.has_ended() && second_.has_ended();
  }

protected:
  First first_;
  Second second_;
};

}  // namespace detail
}  // namespace micropool
