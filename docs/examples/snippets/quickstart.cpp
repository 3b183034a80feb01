// SPDX-License-Identifier: MIT OR Apache-2.0
// The smallest program: both ways into the library.
// [snippet: program]
#include <micropool/micropool.hpp>

#include <iostream>

namespace mp = micropool;

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

int main() {
  const long r = mp::sync_wait(fib(25));  // tasks are awaited

  auto [x, y] = mp::join([] { return 1; }, [] { return 2; });  // callables are called

  std::cout << r << ' ' << x + y << '\n';
  return r == 75025 && x + y == 3 ? 0 : 1;
}
// [end]
