// SPDX-License-Identifier: MIT OR Apache-2.0
// optional_ref: a reference that may be missing, where std::optional cannot hold one.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace micropool {

/// As std::optional<T&> of C++26: a copyable, rebinding reference. It must not be used after the
/// object that it refers to is gone.
template <class T>
class optional_ref {
public:
  using value_type = T;  ///< the type of the object

  /// Refers to nothing.
  constexpr optional_ref() noexcept = default;
  /// Refers to nothing.
  constexpr optional_ref(std::nullopt_t) noexcept {}
  /// Refers to the object, which must outlive the last use of the reference.
  constexpr optional_ref(T& r) noexcept : target_(std::addressof(r)) {}
  // Deleted: a temporary would be gone before it could be used.
  optional_ref(const T&&) = delete;

  /// Returns true if there is an object.
  constexpr bool has_value() const noexcept { return target_ != nullptr; }
  /// Returns true if there is an object.
  constexpr explicit operator bool() const noexcept { return has_value(); }
  /// Requires has_value().
  constexpr T& operator*() const noexcept { return *target_; }
  /// Returns a pointer to the object, or null if there is none.
  constexpr T* operator->() const noexcept { return target_; }
  /// Throws std::bad_optional_access if there is no object.
  constexpr T& value() const {
    if (target_ == nullptr) throw std::bad_optional_access();
    return *target_;
  }

  /// Returns a copy of the object, or `other` if there is none.
  template <class U>
  constexpr std::remove_cv_t<T> value_or(U&& other) const {
    return has_value() ? *target_ : static_cast<std::remove_cv_t<T>>(std::forward<U>(other));
  }

  /// Compares the objects, as std::optional does; an empty reference equals only an empty one.
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
