// SPDX-License-Identifier: MIT OR Apache-2.0
// cmp, partial_cmp, eq, ne, lt, le, gt, ge, is_sorted, all_equal.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

constexpr auto backwards = [](int a, int b) { return b <=> a; };
constexpr auto as_fraction = [](int x) { return x / 8.0; };
constexpr auto as_fraction_or_nan = [](int x) { return x == 500 ? std::nan("") : x / 8.0; };

// Equal to ints(n) up to two thirds of it, then greater in one place and less in a later one.
numbers almost(std::size_t n) {
  numbers v = ints(n);
  if (n > 2) ++v[2 * n / 3];
  if (n > 3) v[n - 1] = -2000;
  return v;
}
// With two neighbours that are in the wrong order.
numbers almost_ascending(std::size_t n) {
  numbers v = ascending(n);
  if (n > 1) v[n / 2] = v[n / 2 - 1] - 1;
  return v;
}
numbers shorter(std::size_t n) { return every(ints(n), 0, n - n / 8); }
std::vector<double> fractions_with_nan(std::size_t n) {
  std::vector<double> v;
  for (const int x : almost(n)) v.push_back(as_fraction_or_nan(x));
  return v;
}

// Compares with a container that is given away, so that the loop outlives this call.
void add_comparisons(case_list& list) {
  list.add(
      "cmp of equal sequences",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).cmp(ints(n)); },
      [](std::size_t) { return std::strong_ordering::equal; });
  list.add(
      "cmp is decided by the first difference",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).cmp(almost(n)); },
      [](std::size_t n) { return ints(n) <=> almost(n); });
  list.add(
      "cmp with a shorter sequence",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).cmp(shorter(n)); },
      [](std::size_t n) { return ints(n) <=> shorter(n); });
  list.add(
      "cmp with a chain",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(twice)).cmp(mp::par_iter(ints(n)).map(negated));
      },
      [](std::size_t n) { return each(ints(n), twice) <=> each(ints(n), negated); });
  list.add(
      "cmp_by",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(almost(n))).cmp_by(ints(n), backwards);
      },
      [](std::size_t n) { return ints(n) <=> almost(n); });
  list.add(
      "cmp_by_key",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).cmp_by_key(almost(n), last_digit);
      },
      [](std::size_t n) { return each(ints(n), last_digit) <=> each(almost(n), last_digit); });
  list.add(
      "partial_cmp",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(as_fraction)).partial_cmp(fractions_with_nan(n));
      },
      [](std::size_t n) {
        std::vector<double> v;
        for (const int x : ints(n)) v.push_back(as_fraction(x));
        return v <=> fractions_with_nan(n);
      });
  list.add(
      "eq of equal sequences",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).eq(ints(n)); },
      [](std::size_t) { return true; });
  list.add(
      "eq", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).eq(almost(n)); },
      [](std::size_t n) { return ints(n) == almost(n); });
  list.add(
      "eq with a shorter sequence",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).eq(shorter(n)); },
      [](std::size_t n) { return ints(n) == shorter(n); });
  list.add(
      "ne", [](auto run, std::size_t n) { return run(mp::par_iter(almost(n))).ne(ints(n)); },
      [](std::size_t n) { return ints(n) != almost(n); });
  list.add(
      "lt", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).lt(almost(n)); },
      [](std::size_t n) { return ints(n) < almost(n); });
  list.add(
      "le", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).le(shorter(n)); },
      [](std::size_t n) { return ints(n) <= shorter(n); });
  list.add(
      "gt", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).gt(shorter(n)); },
      [](std::size_t n) { return ints(n) > shorter(n); });
  list.add(
      "ge of equal sequences",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).ge(ints(n)); },
      [](std::size_t) { return true; });
}

void add_orders(case_list& list) {
  list.add(
      "is_sorted of what is",
      [](auto run, std::size_t n) { return run(mp::par_iter(ascending(n))).is_sorted(); },
      [](std::size_t) { return true; });
  list.add(
      "is_sorted of what is not in one place",
      [](auto run, std::size_t n) { return run(mp::par_iter(almost_ascending(n))).is_sorted(); },
      [](std::size_t n) { return n < 2; });
  list.add(
      "is_sorted of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ascending(n)).filter(is_even)).is_sorted();
      },
      [](std::size_t) { return true; });
  list.add(
      "is_sorted_by",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ascending(n)).rev()).is_sorted_by(reverse_order);
      },
      [](std::size_t) { return true; });
  list.add(
      "is_sorted_by_key",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ascending(n))).is_sorted_by_key(last_digit);
      },
      [](std::size_t n) { return std::ranges::is_sorted(ascending(n), {}, last_digit); });
  list.add(
      "is_sorted of words",
      [](auto run, std::size_t n) { return run(mp::par_iter(words(n))).is_sorted(); },
      [](std::size_t n) { return std::ranges::is_sorted(words(n)); });
  list.add(
      "all_equal of equal items",
      [](auto run, std::size_t n) { return run(mp::par_repeat(7, n)).all_equal(); },
      [](std::size_t) { return true; });
  list.add(
      "all_equal with one that differs at the end",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(with_another_end(numbers(n, 3)))).all_equal();
      },
      [](std::size_t n) { return n < 2; });
}

}  // namespace

void add_consumers_of_order(case_list& list) {
  add_comparisons(list);
  add_orders(list);
}

}  // namespace micropool_test
