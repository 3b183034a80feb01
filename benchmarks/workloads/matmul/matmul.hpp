// SPDX-License-Identifier: MIT OR Apache-2.0
// Recursive matrix multiplication, C += A * B in quadrants down to blocks that fit the cache: few
// forks with much work each, so it shows balance and locality rather than the cost of a fork.
// After the matmul example of Cilk: Frigo, Leiserson, Randall, "The implementation of the Cilk-5
// multithreaded language", PLDI 1998.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../../support/program.hpp"

namespace bench::matmul {

// A square window into a matrix stored by rows.
template <class T>
struct window {
  T* first;
  std::size_t size;
  std::size_t stride;

  // One of the four quadrants; `row` and `column` are 0 or 1.
  window quadrant(std::size_t row, std::size_t column) const {
    const std::size_t half = size / 2;
    return {first + row * half * stride + column * half, half, stride};
  }
};

using input = window<const float>;
using output = window<float>;

inline constexpr std::size_t block = 64;

inline void multiply_block(input a, input b, output c) {
  for (std::size_t i = 0; i < c.size; ++i) {
    for (std::size_t k = 0; k < c.size; ++k) {
      const float factor = a.first[i * a.stride + k];
      const float* const from = b.first + k * b.stride;
      float* const to = c.first + i * c.stride;
      for (std::size_t j = 0; j < block; ++j) to[j] += factor * from[j];
    }
  }
}

// The eight products of quadrants in two groups of four; those of a group write disjoint
// quadrants.
// `multiply(a, b, c)` is given each of group `k` of quadrant `index`.
template <class Multiply>
decltype(auto) part(input a, input b, output c, std::size_t k, std::size_t index,
                    const Multiply& multiply) {
  const std::size_t row = index / 2;
  const std::size_t column = index % 2;
  return multiply(a.quadrant(row, k), b.quadrant(k, column), c.quadrant(row, column));
}

struct work {
  static constexpr const char* name = "matmul";
  // The product stands in `c`; an engine returns the work it did it for.
  using result = const work*;

  explicit work(size s)
      : n(s == size::test   ? 128
          : s == size::base ? 1024
                            : 2048),
        a_(n * n),
        b_(n * n),
        c_(n * n) {
    // Small whole numbers: every sum is exact in a float, whatever the order of additions.
    std::uint32_t state = 1;
    const auto next = [&state] {
      state = state * 1664525u + 1013904223u;
      return static_cast<float>(state >> 29);
    };
    std::generate(a_.begin(), a_.end(), next);
    std::generate(b_.begin(), b_.end(), next);
  }

  input a() const { return {a_.data(), n, n}; }
  input b() const { return {b_.data(), n, n}; }
  output c() { return {c_.data(), n, n}; }

  void prepare() { std::fill(c_.begin(), c_.end(), 0.0f); }

  // Each level above the blocks forks eight products.
  double forks() const {
    double sum = 0;
    double level = 8;
    for (std::size_t side = n; side > block; side /= 2) {
      sum += level;
      level *= 8;
    }
    return sum;
  }

  // Freivalds' check, C x == A (B x), over whole numbers and with three vectors x: quadratic, and
  // a wrong entry of C escapes all three only if it cancels against others for each of them.
  bool correct(result) const {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
      std::vector<std::int64_t> x(n);
      std::uint32_t state = seed * 2654435761u;
      for (std::int64_t& entry : x) {
        state = state * 1664525u + 1013904223u;
        entry = static_cast<std::int64_t>(state >> 12);
      }
      if (times(c_, x) != times(a_, times(b_, x))) return false;
    }
    return true;
  }

  const std::size_t n;

private:
  std::vector<std::int64_t> times(const std::vector<float>& m,
                                  const std::vector<std::int64_t>& x) const {
    std::vector<std::int64_t> product(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::int64_t sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += static_cast<std::int64_t>(m[i * n + j]) * x[j];
      product[i] = sum;
    }
    return product;
  }

  std::vector<float> a_;
  std::vector<float> b_;
  std::vector<float> c_;
};

}  // namespace bench::matmul
