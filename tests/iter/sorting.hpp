// SPDX-License-Identifier: MIT OR Apache-2.0
// What the cases about sorts share: input that is hard on sorts, and elements whose moves or
// comparisons throw when their time has come.
#pragma once

#include "tracked.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace micropool_test {

inline const std::vector<std::size_t>& worker_counts() {
  static const std::vector<std::size_t> counts{0, 1, 3, 7};
  return counts;
}

struct arrangement {
  std::string name;
  std::function<int(int i, int n)> key;
};

inline std::vector<arrangement> arrangements(std::mt19937_64& random) {
  const auto any = [&random](int below) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(below));
  };
  return {
      {"random", [any](int, int) { return any(1 << 30); }},
      {"two values", [any](int, int) { return any(2); }},
      {"sixteen values", [any](int, int) { return any(16); }},
      {"as many values as would need more buckets than there are",
       [any](int, int n) { return any(n / 10 + 1); }},
      {"one value in nearly all places",
       [any](int, int) { return any(20) == 0 ? any(1000) : 500; }},
      {"all equal", [](int, int) { return 7; }},
      {"in order", [](int i, int) { return i; }},
      {"in order, in steps", [](int i, int) { return i / 10; }},
      {"in reverse order", [](int i, int n) { return n - i; }},
      {"in reverse order, in steps", [](int i, int n) { return (n - i) / 10; }},
      {"organ pipe", [](int i, int n) { return std::min(i, n - i); }},
      {"saw", [](int i, int) { return i % 97; }},
      {"in order but for the last", [](int i, int n) { return i == n - 1 ? 0 : i; }},
      {"in order but for the first", [](int i, int n) { return i == 0 ? n : i; }},
  };
}

// For cases that repeat each many times.
inline std::vector<arrangement> few_arrangements(std::mt19937_64& random) {
  const std::vector<arrangement> all = arrangements(random);
  std::vector<arrangement> few;
  for (const auto& a : all) {
    if (a.name == "random" || a.name == "sixteen values" || a.name == "organ pipe")
      few.push_back(a);
  }
  return few;
}

inline std::vector<int> arranged(const arrangement& a, std::size_t n) {
  std::vector<int> v;
  for (std::size_t i = 0; i < n; ++i) v.push_back(a.key(static_cast<int>(i), static_cast<int>(n)));
  return v;
}

// Counts calls, and throws in one of them: the k-th, from 1; never for 0.
class fuse {
public:
  explicit fuse(long k) : left_(k) {}
  void step() {
    if (left_.fetch_sub(1) == 1) throw numbered_error(1);
  }
  bool has_blown() const { return left_.load() < 1; }

private:
  std::atomic<long> left_;
};

// Can only be moved, owns something, and knows whether it still has it.
class owner {
public:
  explicit owner(census& c, int v) : life_(c), value_(std::make_unique<int>(v)) {}
  owner(owner&&) noexcept = default;
  owner& operator=(owner&&) noexcept = default;
  bool has_value() const { return value_ != nullptr; }
  int value() const { return *value_; }

private:
  tracked life_;
  std::unique_ptr<int> value_;
};

// Every move is a step of its fuse. One that throws leaves both as they were.
class fragile {
public:
  fragile(census& c, fuse& f, int v) : life_(c), fuse_(&f), value(v) {}
  fragile(fragile&& other) : life_(other.life_), fuse_(other.fuse_) {
    fuse_->step();
    value = std::exchange(other.value, -1);
  }
  fragile& operator=(fragile&& other) {
    fuse_->step();
    value = std::exchange(other.value, -1);
    return *this;
  }

private:
  tracked life_;
  fuse* fuse_;

public:
  int value = -1;
};

}  // namespace micropool_test
