// SPDX-License-Identifier: MIT OR Apache-2.0
// A result type of a user's, with what the try_ consumers have to know of it.
#pragma once

#include <micropool/iter/try_traits.hpp>

#include <string>
#include <utility>
#include <variant>

namespace micropool_test {

// A T, or the position of what has failed.
template <class T>
struct outcome {
  std::variant<T, std::string> either;
  outcome(T value) : either(std::in_place_index<0>, std::move(value)) {}
  explicit outcome(std::string error) : either(std::in_place_index<1>, std::move(error)) {}
  const std::string& error() const { return std::get<1>(either); }
  const T& value() const { return std::get<0>(either); }
};

}  // namespace micropool_test

template <class T>
struct micropool::try_traits<micropool_test::outcome<T>> {
  using output = T;
  template <class U>
  using with_output = micropool_test::outcome<U>;
  static bool has_failed(const micropool_test::outcome<T>& r) { return r.either.index() == 1; }
  static T output_of(micropool_test::outcome<T>&& r) { return std::get<0>(std::move(r.either)); }
  static micropool_test::outcome<T> success(T&& output) { return std::move(output); }
  template <class U>
  static micropool_test::outcome<U> failure(micropool_test::outcome<T>&& r) {
    return micropool_test::outcome<U>(std::get<1>(std::move(r.either)));
  }
};
