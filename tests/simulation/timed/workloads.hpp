// SPDX-License-Identifier: MIT OR Apache-2.0
// The programs whose scaling is simulated: the benchmarks' trees, small enough for a simulation.
#pragma once

#include "timed.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace scaling {

namespace mp = micropool;
using simulation::timed::work;

// What a node computes by itself, in nanoseconds: measured in the serial benchmarks.
inline constexpr double fib_work = 1;
inline constexpr double skynet_work = 2;
inline constexpr double nqueens_work = 60;
inline constexpr double uts_work = 150;

inline mp::task<std::int64_t> fib(int n) {
  work(fib_work);
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

inline std::int64_t blocking_fib(int n) {
  work(fib_work);
  if (n < 2) return n;
  auto [a, b] = mp::join([n] { return blocking_fib(n - 1); }, [n] { return blocking_fib(n - 2); });
  return a + b;
}

inline mp::task<std::int64_t> skynet(std::int64_t first, std::int64_t leaves) {
  work(skynet_work);
  if (leaves == 1) co_return first;
  const std::int64_t part = leaves / 10;
  const auto child = [&](int i) { return skynet(first + i * part, part); };
  const auto sums = co_await mp::join(child(0), child(1), child(2), child(3), child(4), child(5),
                                      child(6), child(7), child(8), child(9));
  co_return std::apply([](auto... each) { return (each + ...); }, sums);
}

using board = std::array<std::int8_t, 12>;

inline bool is_safe(const board& queens, int row, int column) {
  for (int i = 0; i < row; ++i) {
    const int other = queens[static_cast<std::size_t>(i)];
    if (other == column || other == column - (row - i) || other == column + (row - i)) return false;
  }
  return true;
}

inline mp::task<> nqueens(board queens, int row, int n, std::int64_t& answer) {
  work(nqueens_work);
  if (row == n) {
    answer = 1;
    co_return;
  }
  std::array<std::int64_t, 12> sums{};
  co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
    for (int column = 0; column < n; ++column) {
      if (!is_safe(queens, row, column)) continue;
      board next = queens;
      next[static_cast<std::size_t>(row)] = static_cast<std::int8_t>(column);
      s.fork(nqueens(next, row + 1, n, sums[static_cast<std::size_t>(column)]));
    }
    co_return;
  });
  answer = std::accumulate(sums.begin(), sums.end(), std::int64_t{0});
}

// An unbalanced tree: a node's number of children is geometrically distributed, and only a hash of
// its place in the tree tells it. A cheaper hash than the benchmark's, whose time uts_work stands for.
inline std::uint64_t mixed(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

inline mp::task<> uts(std::uint64_t state, int depth, std::int64_t& nodes) {
  work(uts_work);
  const double uniform = static_cast<double>(mixed(state) >> 11) * 0x1p-53;
  const int count =
      depth == 0 ? 0 : static_cast<int>(std::log(1 - uniform) / std::log(1 - 1 / (1 + 4.0)));
  std::vector<std::int64_t> below(static_cast<std::size_t>(count));
  if (count > 0) {
    co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
      for (int i = 0; i < count; ++i) {
        s.fork(uts(mixed(state + static_cast<std::uint64_t>(i) + 1), depth - 1,
                   below[static_cast<std::size_t>(i)]));
      }
      co_return;
    });
  }
  nodes = std::accumulate(below.begin(), below.end(), std::int64_t{1});
}

}  // namespace scaling
