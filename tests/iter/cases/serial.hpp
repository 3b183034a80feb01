// SPDX-License-Identifier: MIT OR Apache-2.0
// What consumers give, by plain loops.
#pragma once

#include "callables.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace micropool_test {

using numbers = std::vector<int>;
using predicate = bool (*)(int);
using order = bool (*)(int, int);

std::int64_t sum_of(const numbers&);
std::int64_t sum_of_squares(const numbers&);
sequence sequence_of(const numbers&);
int last_that_is_not_0(const numbers&);
std::optional<int> first_in(const numbers&, predicate);
std::optional<int> last_in(const numbers&, predicate);
std::optional<std::size_t> first_position_in(const numbers&, predicate);
std::optional<std::size_t> last_position_in(const numbers&, predicate);
std::optional<int> first_least_in(const numbers&, order);
std::optional<int> last_greatest_in(const numbers&, order);
bool is_ascending(const numbers&);
std::pair<numbers, numbers> parted(const numbers&, predicate);
numbers only(const numbers&, predicate);
// The k greatest, the greatest first; of equal ones the first in front.
numbers best_in(const numbers&, std::size_t k, order);
std::vector<std::size_t> counts_of(const numbers&, std::size_t bins, std::size_t (*bin)(int));
std::strong_ordering compared_in_order(const numbers&, const numbers&);

// Differs from `v` in the last item, if there is one.
numbers with_another_end(numbers v);
numbers sorted(numbers v);
numbers joined(const std::vector<numbers>& vectors);
// `a`, and `b` behind it.
numbers both(numbers a, const numbers& b);
numbers reversed(numbers v);
// Items first, first + step ... of `v`.
numbers every(const numbers& v, std::size_t first, std::size_t last, std::size_t step = 1);
template <class F>
numbers each(const numbers& v, F f) {
  numbers result;
  for (const int x : v) result.push_back(f(x));
  return result;
}

}  // namespace micropool_test
