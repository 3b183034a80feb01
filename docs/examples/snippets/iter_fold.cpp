// SPDX-License-Identifier: MIT OR Apache-2.0
// Consumers that look at all items: loops, folds, extremes, statistics.
#include <micropool/micropool.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

using strings = std::vector<std::string>;
const strings words{"pear", "fig", "apple", "date", "grape", "fig"};

// [snippet: reduce]
void reduce() {
  check(mp::par_iter(words).reduce(std::string(), std::plus<>()) == "pearfigappledategrapefig");
  // An identity may be made by a callable. Items become values before op sees two of them.
  const auto longest = [](std::string a, std::string b) { return a.size() < b.size() ? b : a; };
  check(mp::par_iter(words).reduce([] { return std::string(); }, longest) == "apple");

  check(mp::par_range(1, 6).sum() == 15);
  check(mp::par_range(1, 21).product<std::uint64_t>() == 2'432'902'008'176'640'000);
  check(mp::par_iter(words).count() == 6);
}
// [end]

// [snippet: fold]
using table = std::map<std::string, int>;

// Both may change the accumulator in place, or return the next one.
void add(table& counts, const std::string& word) { ++counts[word]; }
void merge(table& left, table&& right) {
  for (auto& [word, n] : right) left[word] += n;
}

void fold() {
  auto counts = mp::par_iter(words).fold(table(), add, merge);  // a table for each chunk
  auto same = mp::par_iter(words).fold_per_thread(table(), add, merge);  // one for each thread
  check(counts == same && counts["fig"] == 2);
}
// [end]

// [snippet: for_each_init]
void for_each_init() {
  std::vector<std::size_t> lengths(words.size());
  mp::zip_eq(words, lengths)
      .for_each_init([] { return std::string(); },  // a buffer for each thread that takes part
                     [](std::string& buffer, const std::string& word, std::size_t& length) {
                       buffer.assign("the ").append(word);
                       length = buffer.size();
                     });
  check(lengths[2] == 9);
}
// [end]

// [snippet: extremes]
void extremes() {
  mp::optional_ref<const std::string> first = mp::par_iter(words).min();  // items are references
  check(first && *first == "apple");
  std::optional<int> most = mp::par_range(0).max();  // items are values, and there is none
  check(!most);

  // The minimum is the first of equal ones, the maximum the last.
  auto ends = mp::par_iter(words).minmax_by_key(&std::string::size);
  check(&ends->min == &words[1] && &ends->max == &words[4]);
  const auto shorter = [](const std::string& a, const std::string& b) {
    return a.size() < b.size();
  };
  check(mp::par_iter(words).max_by(shorter).value() == "grape");  // throws if there is none
}
// [end]

// [snippet: summary]
void statistics() {
  auto by_length = mp::par_iter(words).to_histogram(6, &std::string::size);
  check(by_length == std::vector<std::size_t>{0, 0, 0, 2, 2, 2});
  check(mp::par_iter(words).top_k(2) == strings{"pear", "grape"});  // the greatest first
  check(mp::par_range(100).top_k(2, std::greater<>()) == std::vector{0, 1});
}
// [end]

int main() {
  reduce();
  fold();
  for_each_init();
  extremes();
  statistics();
}
