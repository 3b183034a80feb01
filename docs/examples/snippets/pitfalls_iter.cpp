// SPDX-License-Identifier: MIT OR Apache-2.0
// The code of docs/pitfalls.md that is about parallel iterators. What stands in namespace `wrong`
// is compiled and never run.
#include <micropool/micropool.hpp>

#include <cfenv>
#include <cstddef>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

std::vector<int> read() {
  return {1, 2, 3};
}

namespace wrong {

// [snippet: shared_wrong]
std::size_t long_ones(const std::vector<std::string>& words) {
  std::size_t n = 0;
  mp::par_iter(words).for_each([&](const std::string& w) {
    if (w.size() > 3) ++n;  // by several threads at the same time
  });
  return n;
}
// [end]

// [snippet: mutable_wrong]
std::vector<unsigned> dice(std::size_t n) {
  return mp::par_generate(n, [random = std::mt19937()](std::size_t) mutable {
           return static_cast<unsigned>(random() % 6 + 1);  // one generator, used by all threads
         })
      .collect<std::vector>();
}
// [end]

// [snippet: temporary_wrong]
auto pairs() {
  const std::vector<int> left = read();
  return mp::zip_eq(left, std::span(left));  // refer to `left`, which ends here
}
// [end]

// [snippet: bits_wrong]
void mark(const std::vector<int>& v, std::vector<bool>& large) {
  mp::par_iter(v).enumerate().for_each([&](std::size_t i, int n) {
    large[i] = n > 100;  // eight neighbours or more are one byte in memory
  });
}
// [end]

}  // namespace wrong

namespace right {

// [snippet: shared_right]
std::size_t long_ones(const std::vector<std::string>& words) {
  return mp::par_iter(words).filter([](const std::string& w) { return w.size() > 3; }).count();
}
// [end]

// [snippet: mutable_right]
std::vector<unsigned> dice(std::size_t n) {
  // One for each thread that takes part.
  const auto generator = [] { return std::mt19937(std::random_device{}()); };
  const auto roll = [](std::mt19937& random, std::size_t) {
    return static_cast<unsigned>(random() % 6 + 1);
  };
  return mp::par_range(n).map_init(generator, roll).collect<std::vector>();
}
// [end]

// [snippet: temporary_right]
auto pairs() {
  return mp::zip_eq(read(), read());  // temporaries are moved into the chain, which keeps them
}
// [end]

// [snippet: bits_right]
std::vector<char> mark(const std::vector<int>& v) {
  return mp::par_iter(v).map([](int n) { return char{n > 100}; }).collect<std::vector>();
}
// [end]

// [snippet: rounding_inside]
double upper_bound(const std::vector<double>& v) {
  // In whatever mode the outer call is: a task takes that of the code that spawns it.
  const int before = std::fegetround();
  std::fesetround(FE_UPWARD);
  auto sum = mp::spawn_owned([&] { return mp::par_iter(v).sum(); });
  std::fesetround(before);
  return sum.join();
}
// [end]

}  // namespace right

int main() {
  check(right::long_ones({"one", "three", "four"}) == 2);
  check(right::dice(100).size() == 100);
  check(right::pairs().map(std::multiplies<>()).sum() == 14);
  check(right::mark({1, 1000}) == std::vector<char>{0, 1});
  check(mp::join([] { return right::upper_bound({1, 1e-30}); }, [] { return 0; }) > std::tuple(1.0, 0));
}
