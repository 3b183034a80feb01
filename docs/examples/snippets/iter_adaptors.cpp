// SPDX-License-Identifier: MIT OR Apache-2.0
// What lies between a source and a consumer.
#include <micropool/micropool.hpp>

#include <atomic>
#include <charconv>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

using strings = std::vector<std::string>;

// [snippet: one_for_one]
void one_item_for_one() {
  strings words{"one", "two"};
  auto sizes = mp::par_iter(words).map(&std::string::size).collect<std::vector>();
  check(sizes == std::vector<std::size_t>{3, 3});

  // update() changes the elements, cloned() continues with copies of them.
  auto copies = mp::par_iter(words)
                    .update([](std::string& w) { w += '!'; })
                    .cloned()
                    .update([](std::string& w) { w += '?'; })
                    .collect<std::vector>();
  check(words == strings{"one!", "two!"});
  check(copies == strings{"one!?", "two!?"});
}
// [end]

// [snippet: some]
std::optional<int> number_in(std::string_view text) {
  int n = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), n).ec != std::errc()) return {};
  return n;
}

void items_for_some() {
  const strings lines{"12", "x", "30"};
  const auto has_two = [](const std::string& l) { return l.size() == 2; };
  check(mp::par_iter(lines).filter(has_two).count() == 2);
  check(mp::par_iter(lines).filter_map(number_in).sum() == 42);

  const auto characters = [](const std::string& l) { return std::string_view(l); };
  check(mp::par_iter(lines).flat_map(characters).count() == 5);  // the elements of a range for each
}
// [end]

// [snippet: positions]
void by_position() {
  std::vector<int> v(10);
  std::iota(v.begin(), v.end(), 0);

  // enumerate() yields pairs; a callable may take the two in parts.
  mp::par_iter(v).enumerate().for_each([](std::size_t i, int& n) { n = static_cast<int>(i * i); });
  check(mp::par_iter(v).skip(2).take(3).sum() == 4 + 9 + 16);
  check(mp::par_iter(v).rev().step_by(4).cloned().collect<std::vector>() == std::vector{81, 25, 1});
  check(mp::par_iter(v).take(2).cycle().take(5).sum() == 2);  // 0 1 0 1 0

  try {
    check(mp::par_iter(v).take_exact(11).sum() == 0);
    check(false);
  } catch (const std::out_of_range&) {  // there are 10
  }
}
// [end]

// [snippet: groups]
void several_at_a_time() {
  auto sums = mp::par_range(7)
                  .chunks(3)  // a chunk is a range, and a source as well
                  .map([](auto chunk) {
                    int sum = 0;
                    for (int n : chunk) sum += n;
                    return sum;
                  })
                  .collect<std::vector>();
  check(sums == std::vector{0 + 1 + 2, 3 + 4 + 5, 6});

  const std::vector<int> v{1, 4, 9, 16};
  auto steps = mp::par_iter(v)
                   .copied()
                   .array_windows<2>()
                   .map([](int a, int b) { return b - a; })  // the elements of the std::array
                   .collect<std::vector>();
  check(steps == std::vector{3, 5, 7});
}
// [end]

// [snippet: splices]
void behind_and_between() {
  const std::vector<int> a{1, 2, 3};
  check(mp::par_iter(a).chain(mp::par_range(4, 6)).collect<std::vector<int>>() ==
        std::vector{1, 2, 3, 4, 5});
  check(mp::par_iter(a).interleave(mp::par_range(8, 10)).collect<std::vector<int>>() ==
        std::vector{1, 8, 2, 9, 3});
  check(mp::par_iter(a).intersperse(0).collect<std::vector>() == std::vector{1, 0, 2, 0, 3});
}
// [end]

// [snippet: scan]
void all_items_up_to_one() {
  auto balances = mp::par_range(1, 6).scan(0, std::plus<>()).collect<std::vector>();
  check(balances == std::vector{1, 3, 6, 10, 15});
}
// [end]

// [snippet: until]
int guess_a_factor(int n) {
  const auto divides = [n](int i) { return n % i == 0; };
  std::atomic<int> found{0};
  mp::par_range(2, n)
      .take_while_any([&](int) { return found == 0; })  // ends the loop for all threads
      .filter(divides)
      .for_each([&](int i) { found = i; });
  return found;
}
// [end]

// [snippet: map_init]
void a_state_for_each_thread() {
  // A generator for each thread that takes part, not for each item.
  const auto make = [] { return std::mt19937(std::random_device{}()); };
  const auto roll = [](std::mt19937& random, int) { return random() % 6 + 1; };
  const auto total = mp::par_range(1000).map_init(make, roll).sum();
  check(1000 <= total && total <= 6000);
}
// [end]

int main() {
  one_item_for_one();
  items_for_some();
  by_position();
  several_at_a_time();
  behind_and_between();
  all_items_up_to_one();
  const int factor = guess_a_factor(91);
  check(factor == 7 || factor == 13);
  a_state_for_each_thread();
}
