// SPDX-License-Identifier: MIT OR Apache-2.0
// rebindable: an item's value in a variable of the library. Assigning a std::pair<std::size_t, T&>,
// as enumerate() yields it, would write to the T; assigning a rebindable changes the variable.
#pragma once

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class T>
inline constexpr bool assigns_through = false;
template <class A, class B>
inline constexpr bool assigns_through<std::pair<A, B>> =
    std::is_reference_v<A> || std::is_reference_v<B> || assigns_through<A> || assigns_through<B>;
template <class... T>
inline constexpr bool assigns_through<std::tuple<T...>> =
    ((std::is_reference_v<T> || assigns_through<T>) || ...);

// A T that assignment destroys and constructs anew. Move-only. Empty only after a constructor of T
// has thrown.
template <class T>
class rebindable_box {
public:
  rebindable_box(T&& v) : value_(std::move(v)) {}
  rebindable_box(rebindable_box&& other) : value_(std::move(other.value_)) {}
  rebindable_box& operator=(rebindable_box&& other) {
    if (this != &other) value_.emplace(*std::move(other.value_));
    return *this;
  }
  T& get() noexcept { return *value_; }
  const T& get() const noexcept { return *value_; }

private:
  std::optional<T> value_;
};

// T itself if assigning a T rebinds it; otherwise a wrapper that does (pairs and tuples of
// references assign through).
template <class T>
using rebindable = std::conditional_t<assigns_through<T> || !std::is_move_assignable_v<T>,
                                      rebindable_box<T>, T>;

template <class T>
T& get_value(T& held) noexcept {
  return held;
}
template <class T>
T& get_value(rebindable_box<T>& held) noexcept {
  return held.get();
}
template <class T>
const T& get_value(const T& held) noexcept {
  return held;
}
template <class T>
const T& get_value(const rebindable_box<T>& held) noexcept {
  return held.get();
}

}  // namespace micropool::detail
