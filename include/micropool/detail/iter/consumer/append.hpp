// SPDX-License-Identifier: MIT OR Apache-2.0
// How containers are filled: the type of their elements, and the fastest way to append that they
// have.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool::detail {

// What an item is kept as until it goes into a C. For a map these are pairs whose keys can still be
// moved.
template <class C>
struct element_of {
  using type = std::remove_cv_t<typename C::value_type>;
};
template <class C>
  requires requires {
    typename C::key_type;
    typename C::mapped_type;
  }
struct element_of<C> {
  using type = std::pair<typename C::key_type, typename C::mapped_type>;
};
template <class C>
using element_of_t = typename element_of<C>::type;

template <class C, class T>
concept takes_at_back = requires(C& c, T&& t) { c.emplace_back(std::move(t)); };
template <class C, class T>
concept takes_pushed = requires(C& c, T&& t) { c.push_back(std::move(t)); };
template <class C, class T>
concept takes_inserted = requires(C& c, T&& t) { c.insert(std::move(t)); };
// A container that takes one element after the other.
template <class C, class T>
concept appendable = takes_at_back<C, T> || takes_pushed<C, T> || takes_inserted<C, T>;

template <class C, class T>
concept takes_range_at_end = requires(C& c, std::move_iterator<T*> i) { c.insert(c.end(), i, i); };
// A container that takes all elements at once, in its constructor.
template <class C, class T>
concept constructible_from_range =
    std::constructible_from<C, std::move_iterator<T*>, std::move_iterator<T*>>;

template <class C, class T>
void append(C& c, T&& t) {
  if constexpr (takes_at_back<C, T>) {
    c.emplace_back(std::move(t));
  } else if constexpr (takes_pushed<C, T>) {
    c.push_back(std::move(t));
  } else {
    c.insert(std::move(t));
  }
}

template <class C, class T>
void append_all(C& c, std::vector<T>& from) {
  if constexpr (std::is_trivially_copyable_v<T> && std::is_move_assignable_v<T> &&
                takes_range_at_end<C, T>) {
    c.insert(c.end(), std::make_move_iterator(from.data()),
             std::make_move_iterator(from.data() + from.size()));
  } else {
    for (T& t : from) append(c, std::move(t));
  }
}

template <class C>
void reserve(C& c, std::size_t n) {
  if constexpr (requires { c.reserve(n); }) c.reserve(n);
}

}  // namespace micropool::detail
