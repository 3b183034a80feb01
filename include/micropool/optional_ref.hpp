// SPDX-License-Identifier: MIT OR Apache-2.0
// optional_ref: a reference that may be missing, where std::optional cannot hold one.
#pragma once

#include <memory>
#include <optional>

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

private:
  T* target_ = nullptr;
};

}  // namespace micropool
