// SPDX-License-Identifier: MIT OR Apache-2.0
// Consumers that make containers.
#include <micropool/micropool.hpp>

#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

using strings = std::vector<std::string>;

// [snippet: collect]
void collect() {
  const strings names{"ada", "bob", "ada", "eve"};

  auto copies = mp::par_iter(names).collect<std::vector>();  // std::vector<std::string>, in order
  check(copies == names);
  auto different = mp::par_iter(names).collect<std::set<std::string>>();
  check(different.size() == 3);

  // A map from pairs. If keys are equal, the one with the lowest index stays.
  const auto number = [](std::size_t i, const std::string& name) { return std::pair(name, i); };
  auto first_seen = mp::par_iter(names).enumerate().map(number).collect<std::map>();
  check(first_seen["ada"] == 0 && first_seen["eve"] == 3);

  std::vector<std::size_t> sizes{9, 9, 9};  // replaced; its memory is kept where possible
  mp::par_iter(names).map(&std::string::size).collect_into(sizes);
  check(sizes == std::vector<std::size_t>{3, 3, 3, 3});
}
// [end]

// [snippet: per_thread]
void without_putting_them_together() {
  // One vector for each thread that has seen an item; which one sees what is not known.
  std::size_t sum = 0;
  for (const auto& part : mp::par_range(1000).collect_per_thread<std::vector<int>>()) {
    sum += part.size();
  }
  check(sum == 1000);
}
// [end]

// [snippet: partition]
void several_vectors() {
  auto [even, odd] = mp::par_range(6).partition([](int n) { return n % 2 == 0; });
  check(even == std::vector{0, 2, 4} && odd == std::vector{1, 3, 5});

  using either = std::variant<int, std::string>;
  const auto read = [](const std::string& s) -> either {
    if (!s.empty() && std::isdigit(static_cast<unsigned char>(s[0]))) return std::stoi(s);
    return "not a number: " + s;
  };
  auto [numbers, errors] = mp::par_iter(strings{"7", "x", "8"}).partition_map(read);
  check(numbers == std::vector{7, 8} && errors == strings{"not a number: x"});

  auto [indices, letters] = mp::par_iter(strings{"a", "b"}).enumerate().unzip();
  check(indices == std::vector<std::size_t>{0, 1} && letters == strings{"a", "b"});
}
// [end]

int main() {
  collect();
  without_putting_them_together();
  several_vectors();
}
