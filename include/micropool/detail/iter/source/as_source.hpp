// SPDX-License-Identifier: MIT OR Apache-2.0
// as_source: the stage of whatever par_iter(), and every call that takes another source, accepts.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/iter/algorithm/output.hpp>
#include <micropool/detail/iter/source/stored_range.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool {
template <stage Stage, bool Async>
class parallel_iterator;
}

namespace micropool::detail {

// The elements of a range, as its iterators yield them.
template <class Kept>
class range_elements {
public:
  using item_type = std::iter_reference_t<typename Kept::iterator>;
  static constexpr bool is_repeatable = true;
  static constexpr bool is_view = Kept::is_view;

  template <class R>
  explicit range_elements(std::in_place_t, R&& range)
      : range_(std::in_place, std::forward<R>(range)) {}

  std::size_t size() const noexcept { return range_.size(); }
  item_type fetch(std::size_t i) const { return element_at(range_.front(), i); }

  std::size_t positions() const noexcept { return size(); }
  no_local make_local() const noexcept { return {}; }
  template <class Sink>
  bool feed(no_local&, std::size_t first, std::size_t last, Sink& sink) const {
    auto at = advanced(range_.front(), first);  // a copy: see view_stage
    if constexpr (never_stops<Sink&, item_type>) {
      for (const auto end = advanced(at, last - first); at != end; ++at) sink(*at);
    } else {
      // Eight at a time, because compilers do not unroll a loop that can be left early: up to twice
      // as fast.
      const auto eights = advanced(at, (last - first) / 8 * 8);
      for (; at != eights; at += 8) {
#pragma GCC unroll 8
        for (int k = 0; k < 8; ++k) {
          if (!nearly_always(sink(at[k]))) return false;
        }
      }
      for (std::size_t left = (last - first) % 8; left != 0; --left, ++at) {
        if (!sink(*at)) return false;
      }
    }
    return true;
  }

private:
  Kept range_;
};

// The elements of a container that the source owns. Elements that are not fetched are destroyed
// with the container.
template <class Container>
class moved_elements {
public:
  template <class R>
  explicit moved_elements(std::in_place_t, R&& range)
      : range_(std::in_place, std::forward<R>(range)) {}

  std::size_t size() const noexcept { return range_.size(); }
  std::ranges::range_value_t<Container> fetch(std::size_t i) {
    return static_cast<std::ranges::range_value_t<Container>>(
        std::ranges::iter_move(advanced(range_.front(), i)));
  }

private:
  owned_range<Container> range_;
};

template <class T>
inline constexpr bool is_parallel_iterator = false;
template <class Stage, bool Async>
inline constexpr bool is_parallel_iterator<parallel_iterator<Stage, Async>> = true;

template <class R>
concept given_away = !std::is_lvalue_reference_v<R> && !std::is_const_v<R>;
template <class R>
concept iterator_source = is_parallel_iterator<std::remove_cvref_t<R>> && given_away<R>;
template <class R>
concept stage_source = stage<std::remove_cvref_t<R>> &&
                       std::constructible_from<std::remove_cvref_t<R>, R>;

// Neighbouring elements of a std::vector<bool> are bits of one word, so two threads must not write
// them.
template <class R>
concept has_writable_bits =
    std::same_as<std::ranges::range_reference_t<R>, std::vector<bool>::reference>;

template <class R>
concept indexed_range = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;
template <class R>
concept kept_elsewhere = indexed_range<R> && !owns_elements<R> && !has_writable_bits<R>;
template <class R, class C = std::remove_cvref_t<R>>
concept container_source =
    indexed_range<C> && owns_elements<R> && std::constructible_from<C, R> &&
    std::move_constructible<C> && std::move_constructible<std::ranges::range_value_t<C>> &&
    std::constructible_from<std::ranges::range_value_t<C>,
                            std::ranges::range_rvalue_reference_t<C>>;

// A variable and not a concept, because compilers explain every part of a concept that fails.
template <class R>
inline constexpr bool can_be_iterated =
    iterator_source<R> || stage_source<R> || kept_elsewhere<R> || container_source<R>;

// Returns the stage of a source. A user-defined source and the stage of a parallel iterator are
// passed through.
template <class R>
  requires can_be_iterated<R>
auto as_source(R&& source) {
  using value = std::remove_cvref_t<R>;
  if constexpr (iterator_source<R>) {
    return std::move(source.opened(passkey()).stage);
  } else if constexpr (stage_source<R>) {
    return value(std::forward<R>(source));
  } else if constexpr (owns_elements<R>) {
    return moved_elements<value>(std::in_place, std::forward<R>(source));
  } else {
    return range_elements<stored_range<R>>(std::in_place, std::forward<R>(source));
  }
}
template <class R>
  requires can_be_iterated<R>
using source_of_t = decltype(as_source(std::declval<R>()));

}  // namespace micropool::detail
