// SPDX-License-Identifier: MIT OR Apache-2.0
#include "serial.hpp"

#include <algorithm>
#include <numeric>

namespace micropool_test {

std::int64_t sum_of(const numbers& v) {
  std::int64_t sum = 0;
  for (const int x : v) sum += x;
  return sum;
}
std::int64_t sum_of_squares(const numbers& v) {
  std::int64_t sum = 0;
  for (const int x : v) sum += std::int64_t{x} * x;
  return sum;
}
sequence sequence_of(const numbers& v) {
  sequence s = no_items;
  for (const int x : v) s = append_item(s, x);
  return s;
}
int last_that_is_not_0(const numbers& v) {
  int last = 0;
  for (const int x : v) {
    if (x != 0) last = x;
  }
  return last;
}
std::optional<int> first_in(const numbers& v, predicate p) {
  const auto at = first_position_in(v, p);
  return at ? std::optional(v[*at]) : std::nullopt;
}
std::optional<int> last_in(const numbers& v, predicate p) {
  const auto at = last_position_in(v, p);
  return at ? std::optional(v[*at]) : std::nullopt;
}
std::optional<std::size_t> first_position_in(const numbers& v, predicate p) {
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (p(v[i])) return i;
  }
  return std::nullopt;
}
std::optional<std::size_t> last_position_in(const numbers& v, predicate p) {
  for (std::size_t i = v.size(); i-- > 0;) {
    if (p(v[i])) return i;
  }
  return std::nullopt;
}
std::optional<int> first_least_in(const numbers& v, order less) {
  std::optional<int> least;
  for (const int x : v) {
    if (!least || less(x, *least)) least = x;
  }
  return least;
}
std::optional<int> last_greatest_in(const numbers& v, order less) {
  std::optional<int> greatest;
  for (const int x : v) {
    if (!greatest || !less(x, *greatest)) greatest = x;
  }
  return greatest;
}
bool is_ascending(const numbers& v) { return std::ranges::is_sorted(v); }
std::pair<numbers, numbers> parted(const numbers& v, predicate p) {
  std::pair<numbers, numbers> both;
  for (const int x : v) (p(x) ? both.first : both.second).push_back(x);
  return both;
}
numbers only(const numbers& v, predicate p) { return parted(v, p).first; }
numbers best_in(const numbers& v, std::size_t k, order less) {
  std::vector<std::size_t> places(v.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
    return less(v[b], v[a]) || (!less(v[a], v[b]) && a < b);
  });
  numbers best;
  for (std::size_t i = 0; i < std::min(k, v.size()); ++i) best.push_back(v[places[i]]);
  return best;
}
std::vector<std::size_t> counts_of(const numbers& v, std::size_t bins, std::size_t (*bin)(int)) {
  std::vector<std::size_t> counts(bins);
  for (const int x : v) ++counts[bin(x)];
  return counts;
}
std::strong_ordering compared_in_order(const numbers& a, const numbers& b) { return a <=> b; }

numbers with_another_end(numbers v) {
  if (!v.empty()) ++v.back();
  return v;
}
numbers sorted(numbers v) {
  std::ranges::sort(v);
  return v;
}
numbers joined(const std::vector<numbers>& vectors) {
  numbers all;
  for (const numbers& v : vectors) all.insert(all.end(), v.begin(), v.end());
  return all;
}
numbers both(numbers a, const numbers& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
numbers reversed(numbers v) {
  std::ranges::reverse(v);
  return v;
}
numbers every(const numbers& v, std::size_t first, std::size_t last, std::size_t step) {
  numbers result;
  for (std::size_t i = first; i < std::min(last, v.size()); i += step) result.push_back(v[i]);
  return result;
}

}  // namespace micropool_test
