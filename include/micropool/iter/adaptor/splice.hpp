// SPDX-License-Identifier: MIT OR Apache-2.0
// chain, interleave, intersperse: other items after or between those of a stage.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/chain.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/source/as_source.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool {

/// A value that can stand between items: it can be copied, and has a type in common with the items.
template <class Separator, class Item>
concept separates =
    std::copy_constructible<Separator> && std::common_reference_with<Item, Separator>;

namespace detail {

template <indexed_stage A, indexed_stage B>
class interleaved : public adaptor_of_two<A, B> {
public:
  using item = common_item_t<item_t<A>, item_t<B>>;
  using adaptor_of_two<A, B>::adaptor_of_two;

  std::size_t size() const { return sum_of_sizes(this->first_.size(), this->second_.size()); }
  item fetch(std::size_t i) {
    const std::size_t a = this->first_.size();
    const std::size_t b = this->second_.size();
    const std::size_t pairs = std::min(a, b);
    if (i / 2 >= pairs) {
      if (a > b) return this->first_.fetch(i - pairs);
      return this->second_.fetch(i - pairs);
    }
    if (i % 2 == 0) return this->first_.fetch(i / 2);
    return this->second_.fetch(i / 2);
  }
};

template <indexed_stage Base, class Separator>
class interspersed : public adaptor_of<Base> {
public:
  using item = common_item_t<item_t<Base>, Separator>;

  interspersed(Base&& b, Separator s) : adaptor_of<Base>(std::move(b)), separator_(std::move(s)) {}

  std::size_t size() const {
    const std::size_t n = this->base_.size();
    return n == 0 ? 0 : sum_of_sizes(n, n - 1);
  }
  item fetch(std::size_t i) {
    if (i % 2 == 0) return this->base_.fetch(i / 2);
    return Separator(std::as_const(separator_));
  }

private:
  Separator separator_;
};

template <class Self, class Stage>
class splice_adaptors : public chain_adaptors<Self, Stage> {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_INSTEAD(interleave,
                    "interleave(other), where both have one item for each position, and their "
                    "items a common type")
  MICROPOOL_INSTEAD(intersperse,
                    "intersperse(value), where value converts to an item; of a chain that has one "
                    "item for each position (not behind filter, flat_map and the like)")

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
    return self().template adapted<interleaved<Stage, source_of_t<Other>>>(
        as_source(std::forward<Other>(other)));
  }

  /// Yields the items, with a copy of `value` between neighbours. Items become values, so
  /// references are copied.
  template <class Value>
    requires one_item_per_position<Stage> && separates<std::decay_t<Value>, item_t<Stage>>
  auto intersperse(Value&& value) && {
    return self().template adapted<interspersed<Stage, std::decay_t<Value>>>(
        std::forward<Value>(value));
  }
};

}  // namespace detail
}  // namespace micropool
