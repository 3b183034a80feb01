// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of par_generate() and par_repeat().
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class F>
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

}  // namespace micropool::detail
