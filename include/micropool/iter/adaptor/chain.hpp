// SPDX-License-Identifier: MIT OR Apache-2.0
// chain, interleave, intersperse: other items after or between those of a stage.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/chain.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/source/par_iterable.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// Two stages whose items have a common type.
template <class A, class B>
concept has_common_item =
    stage<A> && stage<B> && std::common_reference_with<item_t<A>, item_t<B>>;

/// A value that can stand between items: it can be copied, and has a type in common with the items.
template <class Separator, class Item>
concept separates =
    std::copy_constructible<Separator> && std::common_reference_with<Item, Separator>;

namespace detail {

template <class Self, class Stage>
class chain_adaptors {
public:
  /// Yields the items, and then those of the other: anything that par_iter() accepts. A parallel
  /// iterator is passed as an rvalue, and its settings are dropped. Items become their
  /// std::common_reference: a reference if both are references, a value if one is. The result is
  /// indexed if both are. If there are more than 2^63 items, another stage has to limit them, such
  /// as take(), or the loop throws std::invalid_argument.
  ///
  /// ```cpp
  /// check(mp::par_iter(a).chain(mp::par_range(4, 6)).collect<std::vector<int>>() ==
  ///       std::vector{1, 2, 3, 4, 5});
  /// ```
  template <class Other>
    requires par_iterable<Other> && has_common_item<Stage, source_of_t<Other>>
  auto chain(Other&& other) && {
    return opened<Self>(*this).template adapted<chained<Stage, source_of_t<Other>>>(
        as_source(std::forward<Other>(other)));
  }

  /// Yields an item of this iterator, one of the other, and so on; then the rest of the longer one.
  /// `other` and the items: as for chain().
  ///
  /// ```cpp
  /// check(mp::par_iter(a).interleave(mp::par_range(8, 10)).collect<std::vector<int>>() ==
  ///       std::vector{1, 8, 2, 9, 3});
  /// ```
  template <class Other>
    requires one_item_per_position<Stage> && par_iterable<Other> &&
             one_item_per_position<source_of_t<Other>> && has_common_item<Stage, source_of_t<Other>>
  auto interleave(Other&& other) && {
    return opened<Self>(*this).template adapted<interleaved<Stage, source_of_t<Other>>>(
        as_source(std::forward<Other>(other)));
  }

  /// Yields the items, with a copy of `value` between neighbours. Items become values, so
  /// references are copied.
  template <class Value>
    requires one_item_per_position<Stage> && separates<std::decay_t<Value>, item_t<Stage>>
  auto intersperse(Value&& value) && {
    return opened<Self>(*this).template adapted<interspersed<Stage, std::decay_t<Value>>>(
        std::forward<Value>(value));
  }

  MICROPOOL_INSTEAD(chain,
                    "chain(other), where other is a chain or a range with the same type of items")
  MICROPOOL_INSTEAD(interleave,
                    "interleave(other), where both have one item for each position, and their "
                    "items a common type")
  MICROPOOL_INSTEAD(intersperse,
                    "intersperse(value), where value converts to an item; of a chain that has one "
                    "item for each position (not behind filter, flat_map and the like)")
};

}  // namespace detail
}  // namespace micropool
