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

#include <micropool/task.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
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

// A stage that is both indexed and pushing is pushed, because its own loop is usually faster.
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

// For the exit branch of a loop, which is taken at most once. [[likely]] stands for a probability
// of 90 per cent, from which a compiler infers a loop of few iterations that is not worth aligning.
MICROPOOL_ALWAYS_INLINE bool nearly_always(bool b) noexcept {
  return __builtin_expect_with_probability(b, true, 0.9999);
}

// A sink that takes every item shows it by its return type, so that compilers can vectorise the
// loop around it.
template <class Sink, class Item>
concept never_stops = std::same_as<std::invoke_result_t<Sink, Item>, std::true_type>;

// Returns false if the sink returned false.
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

// A stage that has to compute something before its size is known, or wraps one that has to.
template <class S>
concept prepared_stage = requires(S& s) {
  { s.prepare() } -> std::same_as<task<>>;
};
// A stage that may end the loop early, or wraps one that may.
template <class S>
concept ending_stage = requires(const S& s) {
  { s.has_ended() } -> std::convertible_to<bool>;
};
// A source that owns no elements, so that a loop may work on a local copy of it. The copy helps the
// optimizer: items may be bytes, and a store to a byte may alias the source's members, which would
// then be read again for each item.
template <class S>
concept view_stage =
    indexed_stage<S> && std::copy_constructible<S> && requires { requires S::is_view; };
// A stage whose positions may be fetched more than once.
template <class S>
concept repeatable_stage = indexed_stage<S> && requires { requires S::is_repeatable; };

// Base of the adaptors that wrap one stage. Adaptors inherit `is_repeatable` from that stage; an
// adaptor that calls a user's function for each item sets it to false.
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

// A callable takes an item whole, or takes the elements of a pair or tuple (enumerate, zip) as
// separate arguments; `Before` are arguments of the library's that precede the item.
template <class F, class Item, class... Before>
concept takes_whole_item = std::invocable<F&, Before..., Item>;
template <class Item>
concept has_parts = requires { std::tuple_size<std::remove_cvref_t<Item>>::value; };
template <class F, class Item, class... Before, std::size_t... I>
constexpr bool takes_each(std::index_sequence<I...>) {
  return std::invocable<F&, Before..., decltype(std::get<I>(std::declval<Item>()))...>;
}
template <class F, class Item, class... Before>
constexpr bool takes_parts() {
  if constexpr (has_parts<Item>) {
    return takes_each<F, Item, Before...>(
        std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Item>>>());
  } else {
    return false;
  }
}
// A variable and not a concept, because compilers explain every part of a concept that fails.
template <class F, class Item, class... Before>
inline constexpr bool takes_item =
    takes_whole_item<F, Item, Before...> || takes_parts<F, Item, Before...>();

}  // namespace detail

/// A callable that accepts an item.
template <class F, class Item>
concept item_callable = detail::takes_item<F, Item>;
/// A callable that accepts `First` and an item.
template <class F, class First, class Item>
concept callable_after = detail::takes_item<F, Item, First>;

namespace detail {

// Calls f(before..., item).
template <class F, class Item, class... Before>
  requires takes_item<F, Item, Before...>
MICROPOOL_ALWAYS_INLINE decltype(auto) call_with(F& f, Item&& item, Before&&... before) {
  if constexpr (takes_whole_item<F, Item, Before...>) {
    return std::invoke(f, std::forward<Before>(before)..., std::forward<Item>(item));
  } else {
    return std::apply(
        [&](auto&&... parts) -> decltype(auto) {
          return std::invoke(f, std::forward<Before>(before)...,
                             std::forward<decltype(parts)>(parts)...);
        },
        std::forward<Item>(item));
  }
}

template <class F, class Item, class... Before>
using item_result_t =
    decltype(call_with(std::declval<F&>(), std::declval<Item>(), std::declval<Before>()...));

}  // namespace detail

/// A callable that accepts an item and returns a bool.
template <class F, class Item>
concept item_predicate = item_callable<F, Item> && requires {
  requires std::convertible_to<detail::item_result_t<F, Item>, bool>;
};

}  // namespace micropool
