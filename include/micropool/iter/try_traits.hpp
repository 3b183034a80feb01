// SPDX-License-Identifier: MIT OR Apache-2.0
// try_traits: results that may be failures. A failure ends the loop.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <version>
#ifdef __cpp_lib_expected
#include <expected>
#endif

namespace micropool {

/// How a result type shows failure: a failed result ends the loop of try_for_each(), try_fold() and
/// the like. Specialise it for a user-defined result type:
///
/// ```cpp
/// template <class T>
/// struct micropool::try_traits<my::result<T>> {
///   using output = T;                                      // what a success carries, or void
///   template <class U> using with_output = my::result<U>;  // for try_collect
///   static bool has_failed(const my::result<T>& r) { return !r.ok(); }
///   static T output_of(my::result<T>&& r) { return std::move(r).value(); }
///   static my::result<T> success(T&& output) { return my::result<T>(std::move(output)); }
///   // A failed result as one of another output.
///   template <class U> static my::result<U> failure(my::result<T>&& r) {
///     return std::move(r).error();
///   }
/// };
/// ```
///
/// Where `output` is void, success() takes nothing and there is no output_of().
template <class R>
struct try_traits;

/// false is a failure.
template <>
struct try_traits<bool> {
  using output = void;
  static constexpr bool has_failed(bool r) noexcept { return !r; }
  static constexpr bool success() noexcept { return true; }
};

/// An empty optional is a failure.
template <class T>
struct try_traits<std::optional<T>> {
  using output = T;
  template <class U>
  using with_output = std::optional<U>;

  static constexpr bool has_failed(const std::optional<T>& r) noexcept { return !r.has_value(); }
  static constexpr T output_of(std::optional<T>&& r) { return *std::move(r); }
  static constexpr std::optional<T> success(T&& output) {
    return std::optional<T>(std::in_place, std::move(output));
  }
  template <class U>
  static constexpr std::optional<U> failure(std::optional<T>&&) noexcept {
    return std::nullopt;
  }
};

#ifdef __cpp_lib_expected
/// An error is a failure.
template <class T, class E>
struct try_traits<std::expected<T, E>> {
  using output = T;
  template <class U>
  using with_output = std::expected<U, E>;

  static constexpr bool has_failed(const std::expected<T, E>& r) noexcept { return !r.has_value(); }
  static constexpr T output_of(std::expected<T, E>&& r) { return *std::move(r); }
  static constexpr std::expected<T, E> success(T&& output) {
    return std::expected<T, E>(std::in_place, std::move(output));
  }
  template <class U>
  static constexpr std::expected<U, E> failure(std::expected<T, E>&& r) {
    return std::expected<U, E>(std::unexpect, std::move(r).error());
  }
};
/// An error is a failure; a success carries nothing.
template <class E>
struct try_traits<std::expected<void, E>> {
  using output = void;
  template <class U>
  using with_output = std::expected<U, E>;

  static constexpr bool has_failed(const std::expected<void, E>& r) noexcept {
    return !r.has_value();
  }
  static constexpr std::expected<void, E> success() noexcept { return {}; }
  template <class U>
  static constexpr std::expected<U, E> failure(std::expected<void, E>&& r) {
    return std::expected<U, E>(std::unexpect, std::move(r).error());
  }
};
#endif

/// A result that may be a failure: bool, std::optional, std::expected, or a type with try_traits.
template <class R>
concept try_result = std::move_constructible<R> && requires(const R& r) {
  typename try_traits<R>::output;
  { try_traits<R>::has_failed(r) } -> std::convertible_to<bool>;
};

/// A result that carries an Output if it is a success, as std::optional<Output> does.
template <class R, class Output>
concept try_result_of = try_result<R> && std::same_as<typename try_traits<R>::output, Output> &&
                        requires(R&& r, Output&& output) {
                          { try_traits<R>::output_of(std::move(r)) } -> std::convertible_to<Output>;
                          { try_traits<R>::success(std::move(output)) } -> std::convertible_to<R>;
                        };

/// A result that can be made as a success without any item; if it carries an output, that is
/// Output().
template <class R>
concept try_result_from_nothing =
    try_result<R> && (requires { { try_traits<R>::success() } -> std::convertible_to<R>; } ||
                      (try_result_of<R, typename try_traits<R>::output> &&
                       std::default_initializable<typename try_traits<R>::output>));

namespace detail {

template <class R>
using try_output_t = typename try_traits<R>::output;

template <try_result_from_nothing R>
R success_from_nothing() {
  if constexpr (std::is_void_v<try_output_t<R>>) {
    return try_traits<R>::success();
  } else {
    return try_traits<R>::success(try_output_t<R>());
  }
}

}  // namespace detail

}  // namespace micropool
