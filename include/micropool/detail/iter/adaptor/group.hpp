// SPDX-License-Identifier: MIT OR Apache-2.0
// chunks, array_windows: several items of an indexed stage as one item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/adaptor/sub_source.hpp>
#include <micropool/iter/concepts.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <indexed_stage Base>
class chunked : public adaptor_of<Base> {
public:
  chunked(Base&& b, std::size_t length) : adaptor_of<Base>(std::move(b)), length_(length) {}

  std::size_t size() const { return steps_in(this->base_.size(), length_); }
  sub_source<Base> fetch(std::size_t i) {
    const std::size_t first = i * length_;
    const std::size_t left = this->base_.size() - first;
    return {this->base_, first, std::min(length_, left)};
  }

private:
  std::size_t length_;
};

// The element type of an array of items.
template <class Item>
struct array_element {
  using type = std::remove_cvref_t<Item>;
};
template <class T>
struct array_element<T&> {
  using type = std::reference_wrapper<T>;
};

template <indexed_stage Base, std::size_t N>
class windowed : public adaptor_of<Base> {
public:
  using window = std::array<typename array_element<item_t<Base>>::type, N>;
  using adaptor_of<Base>::adaptor_of;

  std::size_t size() const {
    const std::size_t n = this->base_.size();
    if (n == uncountable) return n;
    return n < N ? 0 : n - N + 1;
  }
  window fetch(std::size_t i) { return fetch_each(i, std::make_index_sequence<N>()); }

private:
  template <std::size_t... I>
  MICROPOOL_ALWAYS_INLINE window fetch_each(std::size_t i, std::index_sequence<I...>) {
    return {{typename window::value_type(this->base_.fetch(i + I))...}};
  }
};

template <class Self, class Stage>
class group_adaptors {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_INSTEAD_OF_COUNTED(chunks,
                    "chunks(n), of a chain that has one item for each position (not behind filter, "
                    "flat_map and the like)")
  MICROPOOL_INSTEAD_OF_NUMBER(array_windows,
                              "array_windows<N>(), with N > 0, of items that can be fetched again: those of "
                              "an lvalue range, before any map")

  /// Yields n items at a time, and in the end those that are left, as a sub_source, which fetches
  /// them when it is iterated over. Throws std::invalid_argument if n is 0.
  auto chunks(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    if (n == 0) [[unlikely]] throw_bad_argument("chunks", "a chunk has at least one item, not 0");
    return self().template adapted<chunked<Stage>>(n);
  }

  /// Yields each item with the N - 1 after it, as a std::array of values, or of
  /// std::reference_wrapper if items are references. Yields nothing if there are fewer than N
  /// items. Every item is fetched up to N times.
  ///
  /// ```cpp
  /// auto steps = mp::par_iter(v)
  ///                  .copied()
  ///                  .array_windows<2>()
  ///                  .map([](int a, int b) { return b - a; })  // the elements of the std::array
  ///                  .collect<std::vector>();
  /// ```
  template <std::size_t N>
    requires items_can_be_fetched_again<Stage> && (N > 0)
  auto array_windows() && {
    return self().template adapted<windowed<Stage, N>>();
  }
};

}  // namespace micropool::detail
