// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the items of a parallel iterator come from.
#include <micropool/micropool.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

// [snippet: ranges]
void ranges() {
  std::vector<int> numbers{1, 2, 3, 4};
  mp::par_iter(numbers).for_each([](int& n) { n *= 10; });  // an lvalue: references
  check(mp::par_iter(std::as_const(numbers)).sum() == 100);  // const references

  auto halves = numbers | std::views::transform([](int n) { return n / 2; });
  check(mp::par_iter(halves).sum() == 50);  // a view: what it yields

  std::vector<std::unique_ptr<int>> owned;
  owned.push_back(std::make_unique<int>(7));
  auto sum = mp::par_iter(std::move(owned))  // given away: the elements themselves
                 .map([](std::unique_ptr<int> p) { return *p; })
                 .sum();
  check(sum == 7);
}
// [end]

// [snippet: made]
void made_on_the_way() {
  check(mp::par_range(5).sum() == 10);      // 0 1 2 3 4
  check(mp::par_range(-2, 3).count() == 5);  // -2 -1 0 1 2

  auto names = mp::par_generate(3, [](std::size_t i) { return "row " + std::to_string(i); })
                   .collect<std::vector>();
  check(names == std::vector<std::string>{"row 0", "row 1", "row 2"});

  check(mp::par_repeat(std::string("-"), 3).reduce(std::string(), std::plus<>()) == "---");
}
// [end]

// [snippet: pieces]
void pieces_of_a_range() {
  std::vector<int> v{1, 1, 2, 3, 3, 3};

  mp::par_chunks(v, 4).for_each([](std::span<int> piece) { piece.front() = 0; });  // of 4 and of 2
  check(v == std::vector{0, 1, 2, 3, 0, 3});
  check(mp::par_chunks_exact(v, 4).count() == 1);

  const auto rises = [](std::span<const int> w) { return w[0] < w[1]; };
  check(mp::par_windows(v, 2).filter(rises).count() == 4);
  check(mp::par_array_windows<2>(v).filter(rises).count() == 4);  // std::span<const int, 2>

  auto runs = mp::par_chunk_by(v, std::less<>()).collect<std::vector>();
  check(runs.size() == 2);        // 0 1 2 3, and
  check(runs.back().size() == 2);  // 0 3
}
// [end]

// [snippet: zips]
void side_by_side() {
  const std::vector<double> a{1, 2, 3};
  const std::array<double, 3> b{10, 20, 30};
  std::vector<double> sums(3);

  mp::zip_eq(a, b, sums).for_each([](double x, double y, double& sum) { sum = x + y; });
  check(sums == std::vector<double>{11, 22, 33});

  check(mp::zip_min(a, mp::par_range(2)).count() == 2);
  // zip_max: parts that may be missing.
  const auto tenths = [](mp::optional_ref<const double> x, std::optional<int> n) {
    return (x ? *x : 0) + (n ? *n : 0) / 10.0;
  };
  check(mp::zip_max(a, mp::par_range(5)).map(tenths).sum() == 7);
}
// [end]

int main() {
  ranges();
  made_on_the_way();
  pieces_of_a_range();
  side_by_side();
}
