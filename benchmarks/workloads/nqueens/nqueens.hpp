// SPDX-License-Identifier: MIT OR Apache-2.0
// n queens: counts the placements of n queens on an n x n board, one fork per safe square of the
// next row, each with its own copy of the board. An irregular tree with a little work per node.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../../support/program.hpp"

namespace bench::nqueens {

using number = std::int64_t;

inline constexpr int max_n = 16;

// The column of the queen in each row; rows from the current one on are unspecified.
using board = std::array<std::int8_t, max_n>;

// Whether a queen in `row`, `column` is attacked by none of the rows before it.
inline bool safe(const board& queens, int row, int column) {
  for (int i = 0; i < row; ++i) {
    const int other = queens[static_cast<std::size_t>(i)];
    const int distance = row - i;
    if (other == column || other == column - distance || other == column + distance) return false;
  }
  return true;
}

inline board placed(const board& queens, int row, int column) {
  board next = queens;
  next[static_cast<std::size_t>(row)] = static_cast<std::int8_t>(column);
  return next;
}

struct work {
  static constexpr const char* name = "nqueens";
  using result = number;

  explicit work(size s) : n(s == size::test ? 8 : s == size::base ? 12 : 14) {
    safe_squares_ = count_safe_squares(board{}, 0, n);
  }

  // The published numbers of solutions (OEIS A000170).
  bool correct(number answer) const { return answer == (n == 8 ? 92 : n == 12 ? 14'200 : 365'596); }

  // Every safe square of every partial placement is forked.
  double forks() const { return static_cast<double>(safe_squares_); }
  void prepare() const {}

  // Volatile: the compiler must not compute a run at compile time or share it between runs.
  volatile int n;

private:
  static number count_safe_squares(const board& queens, int row, int n) {
    if (row == n) return 0;
    number sum = 0;
    for (int column = 0; column < n; ++column) {
      if (!safe(queens, row, column)) continue;
      sum += 1 + count_safe_squares(placed(queens, row, column), row + 1, n);
    }
    return sum;
  }

  number safe_squares_ = 0;
};

}  // namespace bench::nqueens
