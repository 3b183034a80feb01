// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of a parallel iterator: sources, and the adaptors that wrap them.
//
// An *indexed* stage yields exactly one item for each position, by size() and fetch(i). A
// user-defined source needs nothing else:
//
//   struct squares {
//     std::size_t n;
//     std::size_t size() const { return n; }
//     std::size_t fetch(std::size_t i) const { return i * i; }
//   };
//   auto total = mp::par_iter(squares{1000}).sum();
//
// A *pushing* stage yields any number of items for each position (filter, flat_map). It has
// positions(), and feed(local, first, last, sink), which calls sink(item) for each item of the
// positions [first, last), in order, until sink returns false. `local` is the state of one
// participant, made by make_local().
//
// Threads: participants call fetch and feed concurrently for different positions. Each position of
// a loop is fetched at most once unless the stage is repeatable (repeatable_stage), so a source may
// move its elements out.
// Errors: the consumer rethrows what fetch and feed throw, as it does for a body.
#pragma once

#include <micropool/detail/iter/call_with.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool {

/// A stage that yields exactly one item for each position, by size() and fetch(i).
///
/// ```cpp
/// struct squares {
///   static constexpr bool is_repeatable = true;  // for cycle()
///   std::size_t n;
///
///   std::size_t size() const { return n; }
///   std::size_t fetch(std::size_t i) const { return i * i; }
/// };
/// return mp::par_iter(squares{3}).cycle().take(8).sum();  // 0 1 4 0 1 4 0 1
/// ```
template <class S>
concept indexed_stage = std::move_constructible<S> && requires(S& s, const S& c, std::size_t i) {
  { c.size() } -> std::convertible_to<std::size_t>;
  s.fetch(i);
  requires !std::is_void_v<decltype(s.fetch(i))>;
};

/// A stage that yields any number of items for each position, by positions(), make_local() and
/// feed(local, first, last, sink).
template <class S>
concept pushing_stage = std::move_constructible<S> && requires(S& s, const S& c) {
  typename S::item_type;
  { c.positions() } -> std::convertible_to<std::size_t>;
  s.make_local();
};

/// A source, or an adaptor around one.
template <class S>
concept stage = indexed_stage<S> || pushing_stage<S>;

namespace detail {

template <class S>
struct item_of;
template <indexed_stage S>
struct item_of<S> {
  using type = decltype(std::declval<S&>().fetch(std::size_t{}));
};
template <class S>
  requires pushing_stage<S> && (!indexed_stage<S>)
struct item_of<S> {
  using type = typename S::item_type;
};

}  // namespace detail

/// The type of a stage's items: a reference if the source is an lvalue range.
template <stage S>
using item_t = typename detail::item_of<S>::type;
/// The type of a stage's items as values.
template <stage S>
using value_t = std::remove_cvref_t<item_t<S>>;

/// A callable that accepts an item.
template <class F, class Item>
concept item_callable = detail::takes_item<F, Item>;
/// A callable that accepts `First` and an item.
template <class F, class First, class Item>
concept callable_after = detail::takes_item<F, Item, First>;

/// A callable that accepts an item and returns a bool.
template <class F, class Item>
concept item_predicate = item_callable<F, Item> && requires {
  requires std::convertible_to<detail::item_result_t<F, Item>, bool>;
};

}  // namespace micropool
