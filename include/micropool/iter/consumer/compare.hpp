// SPDX-License-Identifier: MIT OR Apache-2.0
// cmp, eq, lt and their kin: lexicographic comparison with another chain.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/consumer/compare.hpp>
#include <micropool/detail/iter/consumer/pairwise.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/iter/item_key.hpp>
#include <micropool/iter/source/par_iterable.hpp>

#include <compare>
#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// What the other chain may be given as: anything that par_iter() accepts and that is indexed.
template <class Other>
concept indexed_source = par_iterable<Other> && indexed_stage<detail::source_of_t<Other>>;

/// f(left, right) -> std::strong_ordering, weak_ordering or partial_ordering.
template <class F, class Left, class Right>
concept orders_items = std::invocable<F&, Left, Right> && requires {
  requires detail::ordering<std::invoke_result_t<F&, Left, Right>>;
};
/// The same with a strong ordering.
template <class F, class Left, class Right>
concept orders_items_strongly = orders_items<F, Left, Right> && requires {
  requires std::convertible_to<std::invoke_result_t<F&, Left, Right>, std::strong_ordering>;
};
/// Items that == compares.
template <class Left, class Right>
concept equality_between = requires(const Left& a, const Right& b) {
  { a == b } -> std::convertible_to<bool>;
};

namespace detail {

template <class Other>
using items_of = item_t<source_of_t<Other>>;
template <class F, class Left, class Right>
using ordering_of = std::remove_cvref_t<std::invoke_result_t<F&, Left, Right>>;

// `other` is anything that par_iter() accepts. The settings of a chain are dropped.
//
// Items at the same positions are compared, and the first pair that differs decides; if none does,
// the shorter chain is less. Both chains are fetched up to that pair, and a little beyond it.
template <class Self, class Stage>
class compare_consumers {
  using item = item_t<Stage>;

public:
  /// Requires items with a strong operator<=>. Floating-point numbers have none, see partial_cmp().
  ///
  /// ```cpp
  /// const std::vector<int> a{1, 2, 3}, b{1, 3};
  /// check(mp::par_iter(a).cmp(b) == std::strong_ordering::less);  // 2 < 3 decides
  /// ```
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items_strongly<three_way, item, items_of<Other>>
  auto cmp(Other&& other) && {
    return order<std::strong_ordering>(std::forward<Other>(other), three_way(), as_it_is());
  }
  /// Requires items with any operator<=>, or else operator<. A NaN decides as well: the result is
  /// unordered.
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items<three_way, item, items_of<Other>>
  auto partial_cmp(Other&& other) && {
    return order<std::partial_ordering>(std::forward<Other>(other), three_way(), as_it_is());
  }
  /// f(left item, right item) returns one of the three orderings, which is the type of the result.
  template <class Other, class F>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items<std::decay_t<F>, item, items_of<Other>>
  auto cmp_by(Other&& other, F&& f) && {
    return order<ordering_of<std::decay_t<F>, item, items_of<Other>>>(
        std::forward<Other>(other), std::forward<F>(f), as_it_is());
  }
  /// Compares by key(left item) <=> key(right item), whose type is the type of the result.
  template <class Other, class KeyOf>
    requires indexed_stage<Stage> && indexed_source<Other> && item_key<std::decay_t<KeyOf>, item> &&
             item_key<std::decay_t<KeyOf>, items_of<Other>> &&
             orders_items<three_way, item_result_t<std::decay_t<KeyOf>, item>,
                          item_result_t<std::decay_t<KeyOf>, items_of<Other>>>
  auto cmp_by_key(Other&& other, KeyOf&& key) && {
    return std::move(*this).cmp_by(std::forward<Other>(other),
                                   by_key<std::decay_t<KeyOf>>{std::forward<KeyOf>(key)});
  }

  /// Chains of different sizes are not fetched. Ends at the first difference that any thread finds,
  /// at any index; exceptions elsewhere may then be missed.
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             equality_between<value_t<Stage>, std::remove_cvref_t<items_of<Other>>>
  auto eq(Other&& other) && {
    return equality(std::forward<Other>(other), true);
  }
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             equality_between<value_t<Stage>, std::remove_cvref_t<items_of<Other>>>
  auto ne(Other&& other) && {
    return equality(std::forward<Other>(other), false);
  }

  /// By partial_cmp(). All four return false if its result is unordered.
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items<three_way, item, items_of<Other>>
  auto lt(Other&& other) && {
    return order<std::partial_ordering>(std::forward<Other>(other), three_way(),
                                        [](std::partial_ordering o) { return o < 0; });
  }
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items<three_way, item, items_of<Other>>
  auto le(Other&& other) && {
    return order<std::partial_ordering>(std::forward<Other>(other), three_way(),
                                        [](std::partial_ordering o) { return o <= 0; });
  }
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items<three_way, item, items_of<Other>>
  auto gt(Other&& other) && {
    return order<std::partial_ordering>(std::forward<Other>(other), three_way(),
                                        [](std::partial_ordering o) { return o > 0; });
  }
  template <class Other>
    requires indexed_stage<Stage> && indexed_source<Other> &&
             orders_items<three_way, item, items_of<Other>>
  auto ge(Other&& other) && {
    return order<std::partial_ordering>(std::forward<Other>(other), three_way(),
                                        [](std::partial_ordering o) { return o >= 0; });
  }

  MICROPOOL_INSTEAD(cmp,
                    "cmp(other), where items have operator<=> or operator<; partial_cmp(other) for "
                    "floating point")
  MICROPOOL_INSTEAD(partial_cmp, "partial_cmp(other), where items have operator<")
  MICROPOOL_INSTEAD(cmp_by, "cmp_by(other, f), where f(a, b) returns an ordering")
  MICROPOOL_INSTEAD(cmp_by_key,
                    "cmp_by_key(other, key), where key(item) returns something with operator<=> or "
                    "operator<")
  MICROPOOL_INSTEAD(eq, "eq(other), where items have operator==")
  MICROPOOL_INSTEAD(ne, "ne(other), where items have operator==")
  MICROPOOL_INSTEAD(lt, "lt(other), where items have operator<")
  MICROPOOL_INSTEAD(le, "le(other), where items have operator<")
  MICROPOOL_INSTEAD(gt, "gt(other), where items have operator<")
  MICROPOOL_INSTEAD(ge, "ge(other), where items have operator<")

private:
  template <class Order, class Other, class F, class Answer>
  auto order(Other&& other, F&& f, Answer answer) {
    auto&& it = opened<Self>(*this);
    return std::move(it).run(ordered<Order>(std::move(it.stage),
                                            as_source(std::forward<Other>(other)),
                                            std::decay_t<F>(std::forward<F>(f)), answer,
                                            it.settings));
  }
  template <class Other>
  auto equality(Other&& other, bool wanted) {
    auto&& it = opened<Self>(*this);
    return std::move(it).run(equal(std::move(it.stage), as_source(std::forward<Other>(other)),
                                   wanted, it.settings));
  }
};

}  // namespace detail
}  // namespace micropool
