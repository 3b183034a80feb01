// SPDX-License-Identifier: MIT OR Apache-2.0
// What the stages of a parallel iterator are: sources, and adaptors around them.
//
// An *indexed* stage yields one item for each position: size() and fetch(i). That is all a
// user-defined source needs:
//
//   struct squares {
//     std::size_t n;
//     std::size_t size() const { return n; }
//     std::size_t fetch(std::size_t i) const { return i * i; }
//   };
//   auto total = mp::par_iter(squares{1000}).sum();
//
// A *pushing* stage yields any number of items for each position (filter, flat_map): positions(),
// and feed(local, first, last, sink), which calls sink(item) for what positions [first, last)
// yield, in order, until sink returns false. `local` is what one participant keeps, made by
// make_local().
//
// Threads: fetch and feed are called for different positions at the same time, and at most once for
// each position of one loop; so a source may hand out its elements by moving from them.
// Errors: what they throw leaves the consumer, as what a body throws.
#pragma once

#include <micropool/task.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace micropool {

template <class S>
concept indexed_stage = std::move_constructible<S> && requires(S& s, const S& c, std::size_t i) {
  { c.size() } -> std::convertible_to<std::size_t>;
  s.fetch(i);
  requires !std::is_void_v<decltype(s.fetch(i))>;
};

template <class S>
concept pushing_stage = std::move_constructible<S> && requires(S& s, const S& c) {
  typename S::item_type;
  { c.positions() } -> std::convertible_to<std::size_t>;
  s.make_local();
};

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

// What a stage yields: a reference for lvalue ranges.
template <stage S>
using item_t = typename detail::item_of<S>::type;
template <stage S>
using value_t = std::remove_cvref_t<item_t<S>>;

namespace detail {

struct no_local {};

template <stage S>
std::size_t positions_of(const S& s) {
  if constexpr (indexed_stage<S>) {
    return s.size();
  } else {
    return s.positions();
  }
}

// A stage that can do both is asked to push: it may know a better loop.
template <stage S>
auto local_of(S& s) {
  if constexpr (pushing_stage<S>) {
    return s.make_local();
  } else {
    return no_local{};
  }
}
template <stage S>
using local_t = decltype(local_of(std::declval<S&>()));

// For branches out of a loop that is left once: [[likely]] says nine times out of ten, which to a
// compiler is a loop of few rounds, not worth aligning.
MICROPOOL_ALWAYS_INLINE bool nearly_always(bool b) noexcept {
  return __builtin_expect_with_probability(b, true, 0.9999);
}

// A sink that takes all there is says so by its type, so that a loop around it is one that
// compilers know how to turn into vector instructions.
template <class Sink, class Item>
concept never_stops = std::same_as<std::invoke_result_t<Sink, Item>, std::true_type>;

// False if the sink has asked to stop.
template <stage S, class Sink>
MICROPOOL_ALWAYS_INLINE bool feed(S& s, [[maybe_unused]] local_t<S>& local, std::size_t first,
                                  std::size_t last, Sink&& sink) {
  if constexpr (pushing_stage<S>) {
    return s.feed(local, first, last, sink);
  } else {
    for (std::size_t i = first; i < last; ++i) {
      if (!sink(s.fetch(i))) return false;
    }
    return true;
  }
}

// A stage, or one below it, that has to compute something before its size is known.
template <class S>
concept prepared_stage = requires(S& s) {
  { s.prepare() } -> std::same_as<task<>>;
};
// A stage, or one below it, that may end the loop early.
template <class S>
concept ending_stage = requires(const S& s) {
  { s.has_ended() } -> std::convertible_to<bool>;
};
// A source that refers to nothing of its own, so that a loop may work on a copy of it. Items are
// bytes sometimes, and for all a compiler knows, writing a byte changes where the source says the
// next one is.
template <class S>
concept view_stage =
    indexed_stage<S> && std::copy_constructible<S> && requires { requires S::is_view; };
// A stage whose positions may be fetched more than once.
template <class S>
concept repeatable_stage = indexed_stage<S> && requires { requires S::is_repeatable; };

// What all adaptors of one stage have in common. `is_repeatable` is inherited by those that fetch
// the same positions; an adaptor that calls the user's function for an item says so itself.
template <stage Base>
class adaptor_of {
public:
  static constexpr bool is_repeatable = repeatable_stage<Base>;

  explicit adaptor_of(Base&& b) : base_(std::move(b)) {}

  task<> prepare()
    requires prepared_stage<Base>
  {
    return base_.prepare();
  }
  bool has_ended() const
    requires ending_stage<Base>
  {
    return base_.has_ended();
  }

protected:
  Base base_;
};

// An item is passed as it is; pairs of enumerate and tuples of zips also in parts.
template <class F, class Item>
concept takes_whole_item = std::invocable<F&, Item>;
template <class F, class Item, class = void>
inline constexpr bool takes_parts_of = false;
template <class F, class Item, std::size_t... I>
constexpr bool takes_each(std::index_sequence<I...>) {
  return std::invocable<F&, decltype(std::get<I>(std::declval<Item>()))...>;
}
template <class F, class Item>
inline constexpr bool takes_parts_of<
    F, Item, std::void_t<decltype(std::tuple_size<std::remove_cvref_t<Item>>::value)>> =
    takes_each<F, Item>(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Item>>>());
template <class F, class Item>
concept takes_parts = takes_parts_of<F, Item>;

}  // namespace detail

// A callable that can be called with an item.
template <class F, class Item>
concept item_callable = detail::takes_whole_item<F, Item> || detail::takes_parts<F, Item>;

namespace detail {

template <class F, class Item>
  requires item_callable<F, Item>
MICROPOOL_ALWAYS_INLINE decltype(auto) call_with(F& f, Item&& item) {
  if constexpr (takes_whole_item<F, Item>) {
    return std::invoke(f, std::forward<Item>(item));
  } else {
    return std::apply(f, std::forward<Item>(item));
  }
}

template <class F, class Item>
using item_result_t = decltype(call_with(std::declval<F&>(), std::declval<Item>()));

}  // namespace detail

// A callable that says yes or no of an item.
template <class F, class Item>
concept item_predicate = item_callable<F, Item> && requires {
  requires std::convertible_to<detail::item_result_t<F, Item>, bool>;
};

}  // namespace micropool
