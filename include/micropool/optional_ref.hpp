// SPDX-License-Identifier: MIT OR Apache-2.0
// optional_ref: a reference that may be missing, where std::optional cannot hold one.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace micropool {

// As std::optional<T&> of C++26: a copyable, rebinding reference. Lifetime: of what it refers to.
template <class T>
class optional_ref {
public:
  using value_type = T;

  constexpr optional_ref() noexcept = default;
  constexpr optional_ref(std::nullopt_t) noexcept {}
  constexpr optional_ref(T& r) noexcept : target_(std::addressof(r)) {}
  // A temporary would be gone before it could be used.
  optional_ref(const T&&) = delete;

  constexpr bool has_value() const noexcept { return target_ != nullptr; }
  constexpr explicit operator bool() const noexcept { return has_value(); }
  // Undefined if there is none.
  constexpr T& operator*() const noexcept { return *target_; }
  constexpr T* operator->() const noexcept { return target_; }
  // Throws std::bad_optional_access if there is none.
  constexpr T& value() const {
    if (target_ == nullptr) throw std::bad_optional_access();
    return *target_;
  }

  // What it refers to, or the other value.
  template <class U>
  constexpr std::remove_cv_t<T> value_or(U&& other) const {
    return has_value() ? *target_ : static_cast<std::remove_cv_t<T>>(std::forward<U>(other));
  }

  // Compares what is referred to, as std::optional does; nothing equals nothing only.
  friend constexpr bool operator==(const optional_ref& a, std::nullopt_t) noexcept {
    return !a.has_value();
  }
  friend constexpr bool operator==(const optional_ref& a, const optional_ref& b)
    requires std::equality_comparable<T>
  {
    return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
  }
  friend constexpr bool operator==(const optional_ref& a, const std::remove_cv_t<T>& b)
    requires std::equality_comparable<T>
  {
    return a.has_value() && *a == b;
  }

private:
  T* target_ = nullptr;
};

}  // namespace micropool
