// SPDX-License-Identifier: MIT OR Apache-2.0
// Algorithms on a range.
#include <micropool/micropool.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

// [snippet: sort]
struct person {
  std::string name;
  int age = 0;
};

void sort(std::vector<person>& people) {
  mp::par_sort(people, {}, &person::name);                             // as std::ranges::sort
  mp::par_stable_sort(people, std::ranges::greater(), &person::age);  // equal ages keep their order
}
// [end]

// [snippet: sort_buffer]
void sort_each(std::vector<std::vector<int>>& many) {
  mp::sort_buffer memory;  // what one sort has needed is there for the next
  for (auto& one : many) mp::par_sort(one, {}, {}, memory);
}
// [end]

// [snippet: scan]
void sums_up_to_each() {
  const std::vector<int> v{1, 2, 3, 4};
  std::vector<int> out(4);
  mp::par_inclusive_scan(v, out);
  check(out == std::vector{1, 3, 6, 10});
  mp::par_exclusive_scan(v, out.begin(), 100);
  check(out == std::vector{100, 101, 103, 106});
}
// [end]

// [snippet: elementwise]
void element_by_element() {
  const std::vector<int> a{1, 2, 3}, b{10, 20, 30};
  std::vector<int> out(3);
  mp::par_fill(out, 7);
  mp::par_copy(a, out);
  mp::par_transform(out, out, std::negate<>());  // in place
  check(out == std::vector{-1, -2, -3});
  mp::par_transform(a, b, out.begin(), std::plus<>());
  check(out == std::vector{11, 22, 33});
}
// [end]

int main() {
  std::vector<person> people{{"eve", 30}, {"bob", 40}, {"ada", 30}};
  sort(people);
  check(people[0].name == "bob" && people[1].name == "ada" && people[2].name == "eve");
  std::vector<std::vector<int>> many{{3, 1, 2}, {2, 1}};
  sort_each(many);
  check(std::is_sorted(many[0].begin(), many[0].end()));
  sums_up_to_each();
  element_by_element();
}
