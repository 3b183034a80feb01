// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a branch or a coroutine leaves its result until its parent takes it.
#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace micropool::detail {

// void becomes std::monostate inside tuples and vectors.
template <class T>
using or_monostate = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// A value that is made at most once; T needs no default constructor and no copy.
template <class T>
class result_value {
public:
  result_value() noexcept {}
  result_value(const result_value&) = delete;
  result_value& operator=(const result_value&) = delete;
  ~result_value() {
    if constexpr (!trivial) {
      if (engaged_) std::destroy_at(std::addressof(value_));
    }
  }

  template <class... Args>
  void emplace(Args&&... args) {
    std::construct_at(std::addressof(value_), std::forward<Args>(args)...);
    engage();
  }
  // From a callable, so that a type that cannot even be moved can be returned.
  template <class F>
  void emplace_from(F&& f) {
    ::new (static_cast<void*>(std::addressof(value_))) T(std::forward<F>(f)());
    engage();
  }
  T take() { return std::move(value_); }
  const T& peek() const noexcept { return value_; }

private:
  static constexpr bool trivial = std::is_trivially_destructible_v<T>;
  struct nothing {};

  void engage() noexcept {
    if constexpr (!trivial) engaged_ = true;
  }

  union {
    T value_;
  };
  [[no_unique_address]] std::conditional_t<trivial, nothing, bool> engaged_{};
};

template <class T>
class result_value<T&> {
public:
  void emplace(T& r) noexcept { value_ = std::addressof(r); }
  template <class F>
  void emplace_from(F&& f) {
    value_ = std::addressof(static_cast<T&>(std::forward<F>(f)()));
  }
  T& take() noexcept { return *value_; }
  T& peek() const noexcept { return *value_; }

private:
  T* value_ = nullptr;
};

template <>
class result_value<void> {
public:
  template <class F>
  void emplace_from(F&& f) {
    std::forward<F>(f)();
  }
  std::monostate take() noexcept { return {}; }
};

// What one child leaves with its parent: a result or an exception.
template <class T>
struct slot : result_value<T> {
  std::exception_ptr exception;

  T get() {
    if (exception) [[unlikely]] std::rethrow_exception(exception);
    if constexpr (!std::is_void_v<T>) return this->take();
  }
};

}  // namespace micropool::detail
