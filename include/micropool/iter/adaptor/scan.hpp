// SPDX-License-Identifier: MIT OR Apache-2.0
// scan: for each item, the result of an operation over all items up to it.
//
// Source: Blelloch, "Prefix Sums and Their Applications", 1990.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/scan.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/consumer/fold.hpp>
#include <micropool/iter/operation.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// op(T, item) and op(T, T) return a T, and also take the left argument as const.
template <class Op, class T, class Item>
concept scans_items = std::copy_constructible<T> && operates_to<Op, T, T, Item> &&
                      operates_to<Op, T, const T&, Item> && operates_to<Op, T, const T&, const T&>;

namespace detail {

template <class Self, class Stage>
class scan_adaptors {
public:
  /// Yields op(...op(op(identity, item 0), item 1)..., item i) for each item i, where op is
  /// associative. The identity is as for reduce(), and the result a Value.
  ///
  /// ```cpp
  /// auto balances = mp::par_range(1, 6).scan(0, std::plus<>()).collect<std::vector>();
  /// check(balances == std::vector{1, 3, 6, 10, 15});
  /// ```
  ///
  /// A loop before that of the consumer collects all items; it has the settings made before scan(),
  /// and split_auto() if there are none. It calls op up to twice for each item. Bits: as for
  /// reduce().
  /// Cost: memory for all values, for a moment twice.
  template <class I, class Op>
    requires identity_of<std::decay_t<I>, value_t<Stage>> &&
             scans_items<std::decay_t<Op>, value_t<Stage>, item_t<Stage>>
  auto scan(I&& identity, Op&& op) && {
    auto&& it = opened<Self>(*this);
    const loop_settings how = it.settings;
    return std::move(it).template adapted<scanned<Stage, std::decay_t<I>, std::decay_t<Op>>>(
        std::decay_t<I>(std::forward<I>(identity)), std::decay_t<Op>(std::forward<Op>(op)), how);
  }

  MICROPOOL_INSTEAD(scan, "scan(identity, op), where op(value, item) returns a value")
};

}  // namespace detail
}  // namespace micropool
