// SPDX-License-Identifier: MIT OR Apache-2.0
// all, any, find, find_map, position: searches that end early.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/index.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/consumer/numbered.hpp>
#include <micropool/detail/iter/consumer/search.hpp>
#include <micropool/detail/iter/consumer/until_result.hpp>
#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/optional_like.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// f(item) -> a value that may be missing, empty by default: std::optional, optional_ref, a
/// pointer.
template <class F, class Item>
concept finds_in_item =
    item_callable<F, Item> && optional_like<std::remove_cvref_t<detail::item_result_t<F, Item>>> &&
    std::default_initializable<std::remove_cvref_t<detail::item_result_t<F, Item>>>;

namespace detail {

template <class Self, class Stage>
class search_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;
  template <class F>
  using found_by = std::remove_cvref_t<item_result_t<std::decay_t<F>&, item>>;

public:
  /// Returns true if the predicate holds for all items; also for none. Ends as soon as the result
  /// is known, at any index; what a predicate would throw elsewhere may then be missed.
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, item>
  auto all(Predicate&& p) && {
    return until<bool, at_answer<false>, early_exit::any>(std::forward<Predicate>(p));
  }
  /// Returns true if the predicate holds for any item; false if there are none. Ends as all() does.
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, item>
  auto any(Predicate&& p) && {
    return until<bool, at_answer<true>, early_exit::any>(std::forward<Predicate>(p));
  }

  /// Returns an item for which the predicate holds: the one that is found first in time.
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value&> && storable<item>
  auto find_any(Predicate&& p) && {
    return find<early_exit::any>(std::forward<Predicate>(p));
  }
  /// Returns the item with the lowest index for which the predicate holds. Items after it are
  /// looked at only by threads that are past it already.
  ///
  /// ```cpp
  /// mp::optional_ref<const int> found = mp::par_iter(v).find_first(even);
  /// check(found && &*found == &v[1]);  // the element itself
  /// ```
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value&> && storable<item>
  auto find_first(Predicate&& p) && {
    return find<early_exit::lowest_index>(std::forward<Predicate>(p));
  }
  /// Returns the item with the highest index for which the predicate holds. An indexed chain is
  /// searched from the rear, as by a serial loop from the rear: the exception with the highest
  /// index is rethrown. Other chains are searched as a whole.
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value&> && storable<item>
  auto find_last(Predicate&& p) && {
    if constexpr (indexed_stage<Stage>) {
      return opened<Self>(*this).template adapted<reversed<Stage>>().find_first(
          std::forward<Predicate>(p));
    } else {
      return opened<Self>(*this).consumed(
          keep_last_consumer<item, std::decay_t<Predicate>>{std::forward<Predicate>(p)});
    }
  }

  /// Calls f(item) -> optional until one is not empty, and returns that one, or else an empty one.
  template <class F>
    requires finds_in_item<std::decay_t<F>, item>
  auto find_map_any(F&& f) && {
    return until<found_by<F>, at_found<found_by<F>>, early_exit::any>(std::forward<F>(f));
  }
  /// The same; returns the result with the lowest index.
  template <class F>
    requires finds_in_item<std::decay_t<F>, item>
  auto find_map_first(F&& f) && {
    return until<found_by<F>, at_found<found_by<F>>, early_exit::lowest_index>(
        std::forward<F>(f));
  }

  /// Return a position where the predicate holds: any, the lowest, the highest. position_last()
  /// searches from the rear, see find_last().
  template <class Predicate>
    requires indexed_stage<Stage> && item_predicate<std::decay_t<Predicate>, item>
  auto position_any(Predicate&& p) && {
    return opened<Self>(*this).template adapted<numbered<Stage>>().find_map_any(
        position_if<std::decay_t<Predicate>>{std::forward<Predicate>(p)});
  }
  template <class Predicate>
    requires indexed_stage<Stage> && item_predicate<std::decay_t<Predicate>, item>
  auto position_first(Predicate&& p) && {
    return opened<Self>(*this).template adapted<numbered<Stage>>().find_map_first(
        position_if<std::decay_t<Predicate>>{std::forward<Predicate>(p)});
  }
  template <class Predicate>
    requires indexed_stage<Stage> && item_predicate<std::decay_t<Predicate>, item>
  auto position_last(Predicate&& p) && {
    return opened<Self>(*this).template adapted<numbered<Stage>>().rev().find_map_first(
        position_if<std::decay_t<Predicate>>{std::forward<Predicate>(p)});
  }
  /// Returns all positions where the predicate holds, in order.
  template <class Predicate>
    requires indexed_stage<Stage> && item_predicate<std::decay_t<Predicate>, item>
  auto positions(Predicate&& p) && {
    auto all = opened<Self>(*this).template adapted<numbered<Stage>>();
    return opened<decltype(all)>(all).consumed(
        positions_consumer<std::decay_t<Predicate>>(std::forward<Predicate>(p)));
  }

  MICROPOOL_INSTEAD(all, "all(pred), where pred(item) returns bool")
  MICROPOOL_INSTEAD(any, "any(pred), where pred(item) returns bool")
  MICROPOOL_INSTEAD(find_any,
                    "find_any(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(find_first,
                    "find_first(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(find_last,
                    "find_last(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(find_map_any, "find_map_any(f), where f(item) returns a std::optional")
  MICROPOOL_INSTEAD(find_map_first, "find_map_first(f), where f(item) returns a std::optional")
  MICROPOOL_INSTEAD(position_any,
                    "position_any(pred), where pred(item) returns bool; of a chain that has one "
                    "item for each position (not behind filter, flat_map and the like)")
  MICROPOOL_INSTEAD(position_first,
                    "position_first(pred), where pred(item) returns bool; of a chain that has one "
                    "item for each position (not behind filter, flat_map and the like)")
  MICROPOOL_INSTEAD(position_last,
                    "position_last(pred), where pred(item) returns bool; of a chain that has one "
                    "item for each position (not behind filter, flat_map and the like)")
  MICROPOOL_INSTEAD(positions,
                    "positions(pred), where pred(item) returns bool; of a chain that has one item "
                    "for each position (not behind filter, flat_map and the like)")

private:
  template <early_exit Stops, class Predicate>
  auto find(Predicate&& p) {
    return opened<Self>(*this).consumed(
        find_consumer<item, std::decay_t<Predicate>, Stops>{std::forward<Predicate>(p)});
  }
  template <class Result, class End, early_exit Stops, class F>
  auto until(F&& f) {
    return opened<Self>(*this).consumed(
        until_result_consumer<Result, std::decay_t<F>, End, Stops>{std::forward<F>(f)});
  }
};

}  // namespace detail
}  // namespace micropool
