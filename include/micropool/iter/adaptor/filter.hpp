// SPDX-License-Identifier: MIT OR Apache-2.0
// filter, filter_map, flat_map: any number of items for each item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/filter.hpp>
#include <micropool/detail/iter/adaptor/flat_map.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/optional_like.hpp>

#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that maps an item to an item or to none.
template <class F, class Item>
concept partial_item_mapping =
    item_callable<F, Item> && optional_like<detail::item_result_t<F, Item>>;

/// A callable that maps an item to a range.
template <class F, class Item>
concept item_to_range =
    item_callable<F, Item> && std::ranges::input_range<detail::item_result_t<F, Item>>;

namespace detail {

template <class Self, class Stage>
class filter_adaptors {
public:
  /// Yields the items for which the predicate holds; the predicate takes them as const.
  ///
  /// ```cpp
  /// const auto has_two = [](const std::string& l) { return l.size() == 2; };
  /// check(mp::par_iter(lines).filter(has_two).count() == 2);
  /// ```
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value_t<Stage>&>
  auto filter(Predicate&& p) && {
    return opened<Self>(*this).template adapted<filtered<Stage, std::decay_t<Predicate>>>(
        std::forward<Predicate>(p));
  }

  /// Yields the content of f(item), if there is one: f returns a std::optional, an
  /// mp::optional_ref, a pointer, or another type that converts to bool and has operator*. Items
  /// are references where f returns a pointer, an optional_ref or an lvalue. Smart pointers yield
  /// values: moved out of the only owner, copied from a shared one.
  template <class F>
    requires partial_item_mapping<std::decay_t<F>, item_t<Stage>>
  auto filter_map(F&& f) && {
    return opened<Self>(*this).template adapted<filter_mapped<Stage, std::decay_t<F>>>(
        std::forward<F>(f));
  }

  /// Yields the elements of the range f(item) for each item, one range after the other. Any input
  /// range is accepted. Elements of a container that f returns by value are moved out of it.
  /// Elements of an lvalue or a view are what it refers to, and live as long as that does: no
  /// longer than the range if the view owns its elements (std::ranges::owning_view), or refers to
  /// an item that is a value.
  ///
  /// ```cpp
  /// const auto characters = [](const std::string& l) { return std::string_view(l); };
  /// check(mp::par_iter(lines).flat_map(characters).count() == 5);
  /// ```
  ///
  /// A single thread iterates over each range: the loop is split by positions before flat_map.
  template <class F>
    requires item_to_range<std::decay_t<F>, item_t<Stage>>
  auto flat_map(F&& f) && {
    return opened<Self>(*this).template adapted<flat_mapped<Stage, std::decay_t<F>>>(
        std::forward<F>(f));
  }

  MICROPOOL_INSTEAD(filter,
                    "filter(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(filter_map, "filter_map(f), where f(item) returns a std::optional")
  MICROPOOL_INSTEAD(flat_map, "flat_map(f), where f(item) returns a range")
};

}  // namespace detail
}  // namespace micropool
