// SPDX-License-Identifier: MIT OR Apache-2.0
// A view that notices wrong handling.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <ranges>
#include <utility>

namespace micropool_test {

// Yields 0, 1 ... n-1. Its iterators point to it, and yield wrong numbers when it has been moved;
// it counts how often it is asked where it begins.
class self_referring : public std::ranges::view_base {
public:
  class iterator {
  public:
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    iterator(const self_referring* of, std::ptrdiff_t at) : of_(of), at_(at) {}
    int operator*() const { return static_cast<int>(at_) + of_->offset_; }
    int operator[](std::ptrdiff_t n) const { return *(*this + n); }
    iterator& operator+=(std::ptrdiff_t n) { return at_ += n, *this; }
    iterator& operator-=(std::ptrdiff_t n) { return at_ -= n, *this; }
    iterator& operator++() { return *this += 1; }
    iterator& operator--() { return *this -= 1; }
    iterator operator++(int) { return std::exchange(*this, *this + 1); }
    iterator operator--(int) { return std::exchange(*this, *this - 1); }
    friend iterator operator+(iterator i, std::ptrdiff_t n) { return i += n; }
    friend iterator operator+(std::ptrdiff_t n, iterator i) { return i += n; }
    friend iterator operator-(iterator i, std::ptrdiff_t n) { return i -= n; }
    friend std::ptrdiff_t operator-(iterator a, iterator b) { return a.at_ - b.at_; }
    friend bool operator==(iterator a, iterator b) { return a.at_ == b.at_; }
    friend auto operator<=>(iterator a, iterator b) { return a.at_ <=> b.at_; }

  private:
    const self_referring* of_ = nullptr;
    std::ptrdiff_t at_ = 0;
  };

  self_referring(int n, std::atomic<int>& begun) : size_(n), begun_(&begun) {}
  self_referring(self_referring&& other) noexcept { *this = std::move(other); }
  self_referring& operator=(self_referring&& other) noexcept {
    size_ = other.size_;
    begun_ = other.begun_;
    offset_ = std::exchange(other.offset_, -1'000'000);
    return *this;
  }
  iterator begin() { return ++*begun_, iterator(this, 0); }
  iterator end() { return {this, size_}; }

private:
  int size_ = 0;
  int offset_ = 0;
  std::atomic<int>* begun_ = nullptr;
};
static_assert(std::ranges::view<self_referring> &&
              std::ranges::random_access_range<self_referring>);

}  // namespace micropool_test
