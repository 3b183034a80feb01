// SPDX-License-Identifier: MIT OR Apache-2.0
// join: its results, its two forms and its exceptions.
#include <micropool/micropool.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

mp::task<int> number(int value) {
  co_return value;
}
mp::task<> nothing() {
  co_return;
}

// [snippet: values]
mp::task<int> add() {
  auto [a, b, c] = co_await mp::join(number(1), number(2), number(3));  // std::tuple<int, int, int>
  co_return a + b + c;
}
// [end]

// [snippet: void]
mp::task<> void_results() {
  // A branch without a result counts as std::monostate beside others with one ...
  std::tuple<int, std::monostate> both = co_await mp::join(number(1), nothing());
  check(std::get<0>(both) == 1);
  // ... and where no branch has one, the join has none.
  co_await mp::join(nothing(), nothing());
}
// [end]

// [snippet: blocking]
long sum(std::span<const int> values) {
  if (values.size() <= 1024) return std::accumulate(values.begin(), values.end(), 0L);
  const auto half = values.size() / 2;
  auto [left, right] =
      mp::join([&] { return sum(values.first(half)); }, [&] { return sum(values.subspan(half)); });
  return left + right;
}
// [end]

// [snippet: mixed]
mp::task<int> mixed() {
  auto [a, b, c] = co_await mp::join(
      number(1),                  // a task
      [] { return 2; },           // a plain callable
      [] { return number(3); });  // a callable that makes a task
  co_return a + b + c;
}
// [end]

// [snippet: join_all]
mp::task<int> all_of_them() {
  std::vector<mp::task<int>> tasks;
  for (int i = 1; i <= 100; ++i) tasks.push_back(number(i));
  const std::vector<int> results = co_await mp::join_all(std::move(tasks));  // in the same order
  co_return std::accumulate(results.begin(), results.end(), 0);
}

int all_callables() {
  std::vector<std::function<int()>> calls(10, [] { return 7; });
  const std::vector<int> results = mp::join_all(calls);  // blocks
  return std::accumulate(results.begin(), results.end(), 0);
}
// [end]

// [snippet: exceptions]
void first_failure_wins() {
  bool sibling_ran = false;
  try {
    mp::join([] { throw std::runtime_error("left"); },  // the lowest number: this one arrives
             [&] { sibling_ran = true; },               // runs all the same
             [] { throw std::logic_error("right"); });
  } catch (const std::runtime_error& error) {
    check(std::string(error.what()) == "left");
  }
  check(sibling_ran);
}
// [end]

// [snippet: sort]
mp::task<> sort(std::span<int> values) {
  if (values.size() <= 512) {
    std::sort(values.begin(), values.end());
    co_return;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const auto half = values.size() / 2;
  co_await mp::join(sort(values.first(half)), sort(values.subspan(half)));
}
// [end]

int main() {
  check(mp::sync_wait(add()) == 6);
  mp::sync_wait(void_results());
  std::vector<int> values(100'000);
  std::iota(values.rbegin(), values.rend(), 0);
  check(sum(values) == 100'000L * 99'999 / 2);
  check(mp::sync_wait(mixed()) == 6);
  check(mp::sync_wait(all_of_them()) == 5050);
  check(all_callables() == 70);
  first_failure_wins();
  mp::sync_wait(sort(values));
  check(std::is_sorted(values.begin(), values.end()));
}
