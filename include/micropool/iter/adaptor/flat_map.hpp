// SPDX-License-Identifier: MIT OR Apache-2.0
// flat_map: the elements of a range for each item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/stored_range.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that maps an item to a range.
template <class F, class Item>
concept item_to_range =
    item_callable<F, Item> && std::ranges::input_range<detail::item_result_t<F, Item>>;

namespace detail {

// R is the type that the function returned. A container that was returned by value ends when its
// elements have been passed on, so they are moved out; lvalues and views yield what they refer to.
template <class R>
decltype(auto) take_element(std::ranges::iterator_t<R>& at) {
  if constexpr (owns_elements<R>) {
    return static_cast<std::ranges::range_value_t<R>>(std::ranges::iter_move(at));
  } else {
    return *at;
  }
}
template <class R>
using taken_element_t = decltype(take_element<R>(std::declval<std::ranges::iterator_t<R>&>()));

template <stage Base, class F>
class flat_mapped : public adaptor_of<Base> {
  using range = item_result_t<F, item_t<Base>>;

public:
  using item_type = taken_element_t<range>;

  flat_mapped(Base&& b, F f) : adaptor_of<Base>(std::move(b)), f_(std::move(f)) {}

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      auto&& elements = call_with(f_, std::forward<decltype(item)>(item));
      auto at = std::ranges::begin(elements);
      const auto end = std::ranges::end(elements);
      for (; at != end; ++at) {
        if (!sink(take_element<range>(at))) return false;
      }
      return true;
    });
  }

private:
  F f_;
};

template <class Self, class Stage>
class flat_map_adaptors {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_INSTEAD(flat_map, "flat_map(f), where f(item) returns a range")

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
    return self().template adapted<flat_mapped<Stage, std::decay_t<F>>>(std::forward<F>(f));
  }
};

}  // namespace detail
}  // namespace micropool
