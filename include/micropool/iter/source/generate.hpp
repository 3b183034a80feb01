// SPDX-License-Identifier: MIT OR Apache-2.0
// par_generate, par_repeat: items that do not come from a range.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/iter/parallel_iterator.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that returns the item of a position.
template <class F>
concept item_generator = std::invocable<F&, std::size_t> &&
                         !std::is_void_v<std::invoke_result_t<F&, std::size_t>>;

namespace detail {

template <item_generator F>
class generated_items {
public:
  template <class From>
  generated_items(std::size_t n, From&& f) : f_(std::forward<From>(f)), n_(n) {}
  std::size_t size() const noexcept { return n_; }
  std::invoke_result_t<F&, std::size_t> fetch(std::size_t i) { return std::invoke(f_, i); }

private:
  F f_;
  std::size_t n_;
};

template <std::copy_constructible T>
class repeated_value {
public:
  static constexpr bool is_repeatable = true;
  template <class From>
  repeated_value(From&& v, std::size_t n) : value_(std::forward<From>(v)), n_(n) {}
  std::size_t size() const noexcept { return n_; }
  T fetch(std::size_t) const { return value_; }

private:
  T value_;
  std::size_t n_;
};

}  // namespace detail

/// Yields f(0), f(1), ... f(n - 1). The threads that take part call f concurrently, in any order,
/// and at most once for each position.
///
/// ```cpp
/// auto names = mp::par_generate(3, [](std::size_t i) { return "row " + std::to_string(i); })
///                  .collect<std::vector>();
/// ```
///
/// Errors: std::invalid_argument if n is more than 2^63.
template <class F>
  requires item_generator<std::decay_t<F>>
auto par_generate(std::size_t n, F&& f) {
  detail::require_positions("par_generate", n);
  return parallel_iterator(detail::generated_items<std::decay_t<F>>(n, std::forward<F>(f)));
}
MICROPOOL_INSTEAD_OF_COUNTED_CALL(par_generate,
                          "par_generate(n, f), where f(index) takes a std::size_t and returns an item")

/// Yields n copies of the value. Items are copies, so that they may outlive the loop.
///
/// Errors: std::invalid_argument if n is more than 2^63.
template <class T>
  requires std::copy_constructible<std::decay_t<T>>
auto par_repeat(T&& value, std::size_t n) {
  detail::require_positions("par_repeat", n);
  return parallel_iterator(detail::repeated_value<std::decay_t<T>>(std::forward<T>(value), n));
}

}  // namespace micropool
