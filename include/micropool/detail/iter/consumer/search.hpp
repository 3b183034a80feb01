// SPDX-License-Identifier: MIT OR Apache-2.0
// What searches fold into: the item, result or positions found.
#pragma once

#include <micropool/detail/iter/consumer/block_list.hpp>
#include <micropool/detail/iter/consumer/numbered.hpp>
#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/optional_item.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace micropool::detail {

// A part that has found an item is the result of the loop, so there is nothing to combine.
template <class Item, class Predicate, early_exit Stops>
struct find_consumer {
  using part = maybe_item<Item>;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = Stops;

  part identity() const { return {}; }
  template <class I>
  bool accept(part& found, I&& item) {
    if (nearly_always(!call_with(predicate, std::as_const(item)))) return true;
    found.keep(std::forward<I>(item));
    return false;
  }
  void combine(part&, part&&) const noexcept {}
  optional_item<Item> result(part&& found) const { return std::move(found).release(); }

  Predicate predicate;
};

// For stages that cannot be searched from the rear.
template <class Item, class Predicate>
struct keep_last_consumer {
  using part = maybe_item<Item>;
  static constexpr auto combines = combine_order::in_order;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  template <class I>
  bool accept(part& found, I&& item) {
    if (call_with(predicate, std::as_const(item))) found.keep(std::forward<I>(item));
    return true;
  }
  void combine(part& left, part&& right) const {
    if (right.has_item()) left = std::move(right);
  }
  optional_item<Item> result(part&& found) const { return std::move(found).release(); }

  Predicate predicate;
};

// Ends the loop at this answer of a predicate. The result is the other one if no item gives it.
template <bool Wanted>
struct at_answer {
  static bool ends(bool r) noexcept { return r == Wanted; }
  static bool none() noexcept { return !Wanted; }
};

// Ends the loop at a result that is not empty.
template <class Found>
struct at_found {
  static bool ends(Found& r) { return static_cast<bool>(r); }
  static Found none() { return Found(); }
};

// Returns the position of a numbered item if the predicate holds for the item.
template <class Predicate>
struct position_if {
  template <class Item>
  std::optional<std::size_t> operator()(numbered_item<Item>&& i) {
    if (!call_with(predicate, std::forward<Item>(i.item))) return std::nullopt;
    return i.position;
  }
  Predicate predicate;
};

template <class Predicate>
struct positions_consumer : gather_consumer<std::size_t> {
  explicit positions_consumer(Predicate p) : holds{std::move(p)} {}
  template <class Item>
  bool accept(part& p, numbered_item<Item>&& item) {
    if (const auto position = holds(std::move(item))) p.add(*position);
    return true;
  }
  std::vector<std::size_t> result(part&& p) const {
    return std::move(p).template into<std::vector<std::size_t>>();
  }

  position_if<Predicate> holds;
};

}  // namespace micropool::detail
