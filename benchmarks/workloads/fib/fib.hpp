// SPDX-License-Identifier: MIT OR Apache-2.0
// Recursive Fibonacci without a cut-off: nothing but forks, so it shows what one fork costs.
#pragma once

#include <cstdint>

#include "../../support/program.hpp"

namespace bench::fib {

using number = std::int64_t;

struct work {
  static constexpr const char* name = "fib";
  using result = number;

  explicit work(size s) : n(s == size::test ? 20 : s == size::base ? 34 : 39) {}

  bool correct(number answer) const { return answer == fib_of(n); }
  // fib(n) has fib(n + 1) leaves, hence one fork less.
  double forks() const { return static_cast<double>(fib_of(n + 1) - 1); }
  void prepare() const {}

  static number fib_of(int n) {
    number a = 0;
    number b = 1;
    for (int i = 0; i < n; ++i) {
      const number sum = a + b;
      a = b;
      b = sum;
    }
    return a;
  }

  // Volatile: the compiler must not compute a run at compile time or share it between runs.
  volatile int n;
};

}  // namespace bench::fib
