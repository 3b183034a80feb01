// SPDX-License-Identifier: MIT OR Apache-2.0
// How a source keeps its range: by an iterator to its front and its size, or as a whole.
//
// begin() is called once for each object that keeps the range, and never while a loop runs, because
// a view may compute or cache it.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// The iterator from which elements are found by position: a pointer if the range is contiguous.
template <std::ranges::random_access_range R>
auto front_of(R& range) {
  if constexpr (std::ranges::contiguous_range<R>) {
    return std::ranges::data(range);
  } else {
    return std::ranges::begin(range);
  }
}
template <class R>
using front_of_t = decltype(front_of(std::declval<R&>()));

template <std::random_access_iterator I>
I advanced(const I& from, std::size_t n) {
  return from + static_cast<std::iter_difference_t<I>>(n);
}
template <std::random_access_iterator I>
decltype(auto) element_at(const I& from, std::size_t n) {
  return from[static_cast<std::iter_difference_t<I>>(n)];
}

// A range that outlives the source, or whose iterators do not need it.
template <std::random_access_iterator I>
class borrowed_range {
public:
  using iterator = I;
  static constexpr bool is_view = true;
  template <class R>
  explicit borrowed_range(std::in_place_t, R&& range)
      : front_(front_of(range)), size_(static_cast<std::size_t>(std::ranges::size(range))) {}

  const I& front() const noexcept { return front_; }
  std::size_t size() const noexcept { return size_; }

private:
  I front_;
  std::size_t size_;
};

// A range that the source owns. Its iterators may point into the object, so a moved range is asked
// for its front again.
template <class R>
class owned_range {
public:
  using iterator = front_of_t<R>;
  static constexpr bool is_view = false;
  template <class From>
  explicit owned_range(std::in_place_t, From&& range)
      : range_(std::forward<From>(range)),
        front_(front_of(range_)),
        size_(static_cast<std::size_t>(std::ranges::size(range_))) {}
  owned_range(owned_range&& other)
      : range_(std::move(other.range_)), front_(front_of(range_)), size_(other.size_) {}
  owned_range& operator=(owned_range&&) = delete;

  const iterator& front() const noexcept { return front_; }
  std::size_t size() const noexcept { return size_; }

private:
  R range_;
  iterator front_;
  std::size_t size_;
};

template <class R>
concept copied_view =
    std::ranges::view<std::remove_cvref_t<R>> &&
    (!std::is_lvalue_reference_v<R> || std::copy_constructible<std::remove_cvref_t<R>>);
// Ranges that are kept by their iterators: borrowed ranges, such as std::span and std::views::iota,
// and lvalues, unless they are views that can be copied.
template <class R>
concept borrows_range = std::ranges::enable_borrowed_range<std::remove_cvref_t<R>> ||
                        (std::is_lvalue_reference_v<R> && !copied_view<R>);
template <class R>
concept owns_elements = !borrows_range<R> && !copied_view<R>;

template <class R>
struct store_range {
  using type = owned_range<std::remove_cvref_t<R>>;
};
template <borrows_range R>
struct store_range<R> {
  using type = borrowed_range<front_of_t<std::remove_reference_t<R>>>;
};
// R is the template argument of a function parameter R&& that the range is passed to.
template <class R>
using stored_range = typename store_range<R>::type;

}  // namespace micropool::detail
