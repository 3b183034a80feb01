// SPDX-License-Identifier: MIT OR Apache-2.0
// The smallest program of a user: awaited and blocking fork-join. Prints both results.
#include <micropool/micropool.hpp>

#include <cstdio>
#include <string>

namespace mp = micropool;

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

int main() {
  const long r = mp::sync_wait(fib(20));
  auto [x, y] = mp::join([] { return 1; }, [] { return 2; });
  std::printf("micropool %s: %ld %d\n", std::string(mp::version_string).c_str(), r, x + y);
  return r == 6765 && x + y == 3 ? 0 : 1;
}
