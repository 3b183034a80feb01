// SPDX-License-Identifier: MIT OR Apache-2.0
// maybe_item: an item or none, as searches and extremes fold into it.
#pragma once

#include <micropool/optional_ref.hpp>

#include <concepts>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class Item>
concept storable = std::is_lvalue_reference_v<Item> ||
                   (std::move_constructible<std::remove_cvref_t<Item>> &&
                    std::constructible_from<std::remove_cvref_t<Item>, Item>);

// A value or none. A new value is constructed, never assigned: assigning pairs of references would
// write through them, and not everything can be assigned. Not a std::optional, because g++ 12 does
// not see that a missing value is never read, and warns; so the memory of a missing value is
// zeroed.
template <class Item>
class maybe_item {
  using value = std::remove_cvref_t<Item>;

public:
  maybe_item() noexcept {}
  maybe_item(maybe_item&& other) {
    if (other.has_) keep(std::move(other.get()));
  }
  maybe_item& operator=(maybe_item&& other) {
    if (!other.has_) {
      drop();
    } else if (this != &other) {
      keep(std::move(other.get()));
    }
    return *this;
  }
  ~maybe_item() { drop(); }

  bool has_item() const noexcept { return has_; }
  value& get() noexcept { return *std::launder(reinterpret_cast<value*>(place_)); }
  const value& get() const noexcept {
    return *std::launder(reinterpret_cast<const value*>(place_));
  }
  template <class... Args>
  void keep(Args&&... args) {
    drop();
    ::new (static_cast<void*>(place_)) value(std::forward<Args>(args)...);
    has_ = true;
  }
  std::optional<value> release() && {
    if (!has_) return std::nullopt;
    return std::optional<value>(std::in_place, std::move(get()));
  }

private:
  void drop() noexcept {
    if (!has_) return;
    has_ = false;
    std::destroy_at(std::addressof(get()));
    std::memset(place_, 0, sizeof place_);
  }

  alignas(value) unsigned char place_[sizeof(value)] = {};
  bool has_ = false;
};

template <class T>
concept plain_value = std::is_trivially_copyable_v<T> &&
                      std::is_trivially_default_constructible_v<T> && std::is_move_assignable_v<T>;

template <class Item>
  requires (!std::is_reference_v<Item> && plain_value<std::remove_cv_t<Item>>)
class maybe_item<Item> {
  using value = std::remove_cv_t<Item>;

public:
  bool has_item() const noexcept { return has_; }
  value& get() noexcept { return value_; }
  const value& get() const noexcept { return value_; }
  void keep(const value& v) noexcept {
    value_ = v;
    has_ = true;
  }
  std::optional<value> release() && { return has_ ? std::optional<value>(value_) : std::nullopt; }

private:
  value value_{};
  bool has_ = false;
};

template <class Item>
  requires std::is_lvalue_reference_v<Item>
class maybe_item<Item> {
  using target = std::remove_reference_t<Item>;

public:
  bool has_item() const noexcept { return item_ != nullptr; }
  target& get() const noexcept { return *item_; }
  void keep(target& item) noexcept { item_ = std::addressof(item); }
  optional_ref<target> release() && noexcept {
    return item_ != nullptr ? optional_ref<target>(*item_) : optional_ref<target>();
  }

private:
  target* item_ = nullptr;
};

}  // namespace micropool::detail
