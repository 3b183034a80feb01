// SPDX-License-Identifier: MIT OR Apache-2.0
// flat_map: the elements of a range for each item.
#pragma once

#include <micropool/iter/concepts.hpp>
#include <micropool/iter/source/kept_range.hpp>
#include <micropool/iter/used_up.hpp>

#include <cstddef>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {

// A callable that makes a range of an item.
template <class F, class Item>
concept item_to_range =
    item_callable<F, Item> && std::ranges::input_range<detail::item_result_t<F, Item>>;

namespace detail {

// R: as the function returned it. A container that was given away ends when its elements have been
// passed on, so they are moved out; lvalues and views yield what they refer to.
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
  MICROPOOL_RVALUES_ONLY(flat_map)

  // The elements of the range f(item) for each item, one range behind the other. Any input range
  // will do. Elements of a container that f returns by value are moved out of it. Those of an
  // lvalue and of a view are what it refers to, and last as long as that does: no longer than the
  // range, if the view keeps its elements itself (std::ranges::owning_view) or refers to a value
  // that is the item.
  //
  // One range is looked at by one thread: the pieces of the loop are positions in front of
  // flat_map.
  template <class F>
    requires item_to_range<std::decay_t<F>, item_t<Stage>>
  auto flat_map(F&& f) && {
    return self().template adapted<flat_mapped<Stage, std::decay_t<F>>>(std::forward<F>(f));
  }
};

}  // namespace detail
}  // namespace micropool
