// SPDX-License-Identifier: MIT OR Apache-2.0
// Elements that are counted while they live, and whose k-th operation throws.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <utility>

namespace micropool_test {

// What the k-th operation throws.
struct broken {};

class fragile {
public:
  // Counts from here on; the operation number `k` throws, none if it is 0.
  static void begin(std::size_t k) noexcept {
    alive_ = 0;
    moves_ = 0;
    copies_ = 0;
    wrong_ = 0;
    left_ = k;
  }
  static long alive() noexcept { return alive_; }
  static long moves() noexcept { return moves_; }
  static long copies() noexcept { return copies_; }
  // How many were destroyed twice, used when they were dead, or moved from twice.
  static long wrong() noexcept { return wrong_; }
  // The operation that was to throw has come.
  static bool has_thrown() noexcept { return left_ < 0; }

  // Does not count as an operation: so an input is made.
  explicit fragile(int value) noexcept : value_(value) { ++alive_; }
  fragile(fragile&& other) : value_(other.taken()) {
    ++moves_;
    ++alive_;
  }
  fragile(const fragile& other) : value_(other.seen()) {
    ++copies_;
    ++alive_;
  }
  fragile& operator=(fragile&& other) {
    require_alive();
    value_ = other.taken();
    state_ = whole;
    ++moves_;
    return *this;
  }
  fragile& operator=(const fragile& other) {
    require_alive();
    value_ = other.seen();
    state_ = whole;
    ++copies_;
    return *this;
  }
  ~fragile() {
    require_alive();
    state_ = dead;
    --alive_;
  }

  int value() const noexcept {
    require_alive();
    return value_;
  }
  auto operator<=>(const fragile& other) const {
    work();
    return value() <=> other.value();
  }
  bool operator==(const fragile& other) const {
    work();
    return value() == other.value();
  }
  // An operation of the user's, such as a body.
  static void work() {
    if (left_.load(std::memory_order_relaxed) != 0 && left_.fetch_sub(1) == 1) {
      left_ = -1;
      throw broken();
    }
  }

private:
  enum condition : unsigned { whole = 0x600dc0de, moved_from = 0x0ff0c0de, dead = 0xdeadc0de };

  void require_alive() const noexcept {
    if (state_ != whole && state_ != moved_from) ++wrong_;
  }
  int taken() {
    work();
    if (state_ != whole) ++wrong_;
    state_ = moved_from;
    return value_;
  }
  int seen() const {
    work();
    if (state_ != whole) ++wrong_;
    return value_;
  }

  static inline std::atomic<long> alive_{0};
  static inline std::atomic<long> moves_{0};
  static inline std::atomic<long> copies_{0};
  static inline std::atomic<long> wrong_{0};
  static inline std::atomic<long> left_{0};

  int value_;
  condition state_ = whole;
};

}  // namespace micropool_test
