// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of chunks() and array_windows().
#pragma once

#include <micropool/detail/iter/adaptor/positions.hpp>
#include <micropool/detail/iter/stage.hpp>
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

}  // namespace micropool::detail
