// SPDX-License-Identifier: MIT OR Apache-2.0
// par_generate, par_repeat: items that do not come from a range.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/source/generate.hpp>
#include <micropool/iter/parallel_iterator.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that returns the item of a position.
template <class F>
concept item_generator = std::invocable<F&, std::size_t> &&
                         !std::is_void_v<std::invoke_result_t<F&, std::size_t>>;

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
