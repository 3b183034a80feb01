// SPDX-License-Identifier: MIT OR Apache-2.0
// chain: the items of another iterator after those of a stage.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/source/as_source.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>

namespace micropool {

/// Two stages whose items have a common type.
template <class A, class B>
concept has_common_item =
    stage<A> && stage<B> && std::common_reference_with<item_t<A>, item_t<B>>;

namespace detail {

template <stage A, stage B>
class chained : public adaptor_of_two<A, B> {
public:
  using item_type = common_item_t<item_t<A>, item_t<B>>;
  using adaptor_of_two<A, B>::adaptor_of_two;

  std::size_t size() const
    requires(indexed_stage<A> && indexed_stage<B>)
  {
    return positions();
  }
  item_type fetch(std::size_t i)
    requires(indexed_stage<A> && indexed_stage<B>)
  {
    const std::size_t a = this->first_.size();
    if (i < a) return this->first_.fetch(i);
    return this->second_.fetch(i - a);
  }

  struct local {
    local_t<A> of_first;
    local_t<B> of_second;
  };

  std::size_t positions() const {
    return sum_of_sizes(positions_of(this->first_), positions_of(this->second_));
  }
  local make_local() { return {local_of(this->first_), local_of(this->second_)}; }
  template <class Sink>
  bool feed(local& l, std::size_t first, std::size_t last, Sink& sink) {
    const auto as_common = [&](auto&& item) {
      if constexpr (std::same_as<decltype(item), item_type&&>) {
        return sink(std::forward<decltype(item)>(item));
      } else {
        return sink(static_cast<item_type>(std::forward<decltype(item)>(item)));
      }
    };
    const std::size_t a = positions_of(this->first_);
    if (first < a && !detail::feed(this->first_, l.of_first, first, std::min(last, a), as_common)) {
      return false;
    }
    return last <= a ||
           detail::feed(this->second_, l.of_second, std::max(first, a) - a, last - a, as_common);
  }
};

template <class Self, class Stage>
class chain_adaptors {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_INSTEAD(chain,
                    "chain(other), where other is a chain or a range with the same type of items")

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
    return self().template adapted<chained<Stage, source_of_t<Other>>>(
        as_source(std::forward<Other>(other)));
  }
};

}  // namespace detail
}  // namespace micropool
