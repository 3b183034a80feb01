// SPDX-License-Identifier: MIT OR Apache-2.0
// Objects that are counted while they live, so that a test can require that none is left.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace micropool_test {

// How many objects of a family live. One per test case; outlives what it counts.
class census {
public:
  int alive() const noexcept { return alive_.load(); }
  int ever() const noexcept { return ever_.load(); }

private:
  friend class tracked;
  std::atomic<int> alive_{0};
  std::atomic<int> ever_{0};
};

// Copyable; every copy counts.
class tracked {
public:
  explicit tracked(census& c) noexcept : census_(&c) { enter(); }
  tracked(const tracked& other) noexcept : census_(other.census_) { enter(); }
  tracked& operator=(const tracked&) noexcept { return *this; }
  ~tracked() { census_->alive_.fetch_sub(1); }

private:
  void enter() noexcept {
    census_->alive_.fetch_add(1);
    census_->ever_.fetch_add(1);
  }
  census* census_;
};

// Can only be moved, and is made from a number only.
class move_only {
public:
  explicit move_only(int v) noexcept : value(v) {}
  move_only(move_only&& other) noexcept : value(std::exchange(other.value, -1)) {}
  move_only& operator=(move_only&& other) noexcept {
    value = std::exchange(other.value, -1);
    return *this;
  }
  int value;
};

// An exception with a number that a test can compare, and that is counted while it lives.
struct numbered_error : std::runtime_error {
  explicit numbered_error(int n) : std::runtime_error("error " + std::to_string(n)), number(n) {}
  numbered_error(int n, census& c) : numbered_error(n) { life = new tracked(c); }
  numbered_error(const numbered_error& other)
      : std::runtime_error(other),
        number(other.number),
        life(other.life == nullptr ? nullptr : new tracked(*other.life)) {}
  numbered_error& operator=(const numbered_error&) = delete;
  ~numbered_error() override { delete life; }
  int number;
  tracked* life = nullptr;
};

// The number of the numbered_error that f throws; -1 if it returns.
template <class F>
int thrown_by(F&& f) {
  try {
    static_cast<void>(f());
  } catch (const numbered_error& e) {
    return e.number;
  }
  return -1;
}

}  // namespace micropool_test
