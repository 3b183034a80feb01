// SPDX-License-Identifier: MIT OR Apache-2.0
// Results that are an item or none: std::optional, optional_ref, std::expected, pointers.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// A type that converts to bool, and that * takes the content out of.
template <class R>
concept optional_like = std::constructible_from<bool, R&> && requires(R&& r) {
  *std::forward<R>(r);
  requires !std::is_void_v<decltype(*std::forward<R>(r))>;
};

namespace detail {

// R does not own what it refers to: an lvalue, a pointer, an optional_ref. A handle with a
// destructor, such as a smart pointer, may own it.
template <class R>
concept refers_elsewhere = std::is_lvalue_reference_v<R> || std::is_trivially_destructible_v<R>;

template <class R>
decltype(auto) content_of(R&& r) {
  using content = decltype(*std::forward<R>(r));
  using value = std::remove_cvref_t<content>;
  if constexpr (!std::is_reference_v<content> ||
                (std::is_lvalue_reference_v<content> && refers_elsewhere<R>)) {
    return *std::forward<R>(r);
  } else if constexpr (std::is_lvalue_reference_v<content> && !std::copy_constructible<R>) {
    return value(std::move(*r));  // moved out of the only owner
  } else {
    return value(*std::forward<R>(r));
  }
}

// The content of an R: a reference if R does not own it, else a value. R is the type that the
// function returned.
template <optional_like R>
using content_t = decltype(content_of(std::declval<R>()));

}  // namespace detail
}  // namespace micropool
