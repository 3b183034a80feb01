// SPDX-License-Identifier: MIT OR Apache-2.0
// par_sort, par_stable_sort, par_inclusive_scan, par_exclusive_scan, par_fill, par_copy,
// par_transform. They have no settings and block; so they are run with all of them, on all pools
// and by all callers.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

constexpr auto digit_of_second = [](const std::pair<std::size_t, int>& p) {
  return last_digit(p.second);
};
std::vector<std::pair<std::size_t, int>> numbered(std::size_t n) {
  std::vector<std::pair<std::size_t, int>> v;
  for (std::size_t i = 0; i < n; ++i) v.emplace_back(i, ints(n)[i]);
  return v;
}
std::vector<std::string> sorted_words(std::size_t n) {
  auto v = words(n);
  std::ranges::sort(v);
  return v;
}

void add_sorts(case_list& list) {
  list.add(
      "par_sort",
      [](auto, std::size_t n) {
        numbers v = ints(n);
        mp::par_sort(v);
        return v;
      },
      [](std::size_t n) { return sorted(ints(n)); });
  list.add(
      "par_sort in reverse",
      [](auto, std::size_t n) {
        numbers v = ascending(n);
        mp::par_sort(v, std::ranges::greater());
        return v;
      },
      [](std::size_t n) { return reversed(ascending(n)); });
  list.add(
      "par_sort by a projection",
      [](auto, std::size_t n) {
        numbers v = ints(n);
        mp::par_sort(v, {}, negated);
        return v;
      },
      [](std::size_t n) { return reversed(sorted(ints(n))); });
  list.add(
      "par_sort of words",
      [](auto, std::size_t n) {
        auto v = words(n);
        mp::par_sort(v);
        return v;
      },
      [](std::size_t n) { return sorted_words(n); });
  list.add(
      "par_sort of objects that can only be moved",
      [](auto, std::size_t n) {
        auto v = pointers(n);
        mp::par_sort(v, {}, unboxed);
        return v;
      },
      [](std::size_t n) { return sorted(ints(n)); });
  list.add(
      "par_sort of a deque",
      [](auto, std::size_t n) {
        std::deque<int> d(ints(n).begin(), ints(n).end());
        mp::par_sort(d);
        return d;
      },
      [](std::size_t n) { return sorted(ints(n)); });
  list.add(
      "par_stable_sort by a projection",
      [](auto, std::size_t n) {
        auto v = numbered(n);
        mp::par_stable_sort(v, {}, digit_of_second);
        return v;
      },
      [](std::size_t n) {
        auto v = numbered(n);
        std::ranges::sort(v, {},
                          [](const auto& p) { return std::pair(digit_of_second(p), p.first); });
        return v;
      });
  list.add(
      "par_stable_sort of words in reverse",
      [](auto, std::size_t n) {
        auto v = words(n);
        mp::par_stable_sort(v, std::ranges::greater());
        return v;
      },
      [](std::size_t n) {
        auto v = sorted_words(n);
        std::ranges::reverse(v);
        return v;
      });
}

void add_scans(case_list& list) {
  list.add(
      "par_inclusive_scan in place",
      [](auto, std::size_t n) {
        numbers v = ints(n);
        mp::par_inclusive_scan(v, v);
        return v;
      },
      [](std::size_t n) {
        numbers v = ints(n);
        std::inclusive_scan(v.begin(), v.end(), v.begin());
        return v;
      });
  list.add(
      "par_inclusive_scan with an operation that does not commute",
      [](auto, std::size_t n) {
        std::vector<sequence> v;
        for (const int x : ints(n)) v.push_back(append_item(no_items, x));
        std::vector<sequence> out(n);
        mp::par_inclusive_scan(v, out, append_sequence);
        return out;
      },
      [](std::size_t n) {
        std::vector<sequence> out;
        sequence s = no_items;
        for (const int x : ints(n)) out.push_back(s = append_item(s, x));
        return out;
      });
  list.add(
      "par_inclusive_scan from a first value",
      [](auto, std::size_t n) {
        std::vector<std::int64_t> out(n);
        mp::par_inclusive_scan(ints(n), out.begin(), std::plus<>(), std::int64_t{1} << 40);
        return out;
      },
      [](std::size_t n) {
        std::vector<std::int64_t> out(n);
        std::inclusive_scan(ints(n).begin(), ints(n).end(), out.begin(), std::plus<>(),
                            std::int64_t{1} << 40);
        return out;
      });
  list.add(
      "par_exclusive_scan",
      [](auto, std::size_t n) {
        numbers out(n);
        mp::par_exclusive_scan(ints(n), out, 5);
        return out;
      },
      [](std::size_t n) {
        numbers out(n);
        std::exclusive_scan(ints(n).begin(), ints(n).end(), out.begin(), 5);
        return out;
      });
}

void add_writes(case_list& list) {
  list.add(
      "par_fill",
      [](auto, std::size_t n) {
        numbers v(n);
        mp::par_fill(v, 9);
        return v;
      },
      [](std::size_t n) { return numbers(n, 9); });
  list.add(
      "par_copy",
      [](auto, std::size_t n) {
        numbers v(n);
        mp::par_copy(ints(n), v);
        return v;
      },
      [](std::size_t n) { return ints(n); });
  list.add(
      "par_copy into a shorter deque",
      [](auto, std::size_t n) {
        std::deque<std::string> d(n / 2);
        mp::par_copy(words(n), d);
        return d;
      },
      [](std::size_t n) {
        return std::vector(words(n).begin(), words(n).begin() + static_cast<long>(n / 2));
      });
  list.add(
      "par_transform in place",
      [](auto, std::size_t n) {
        numbers v = ints(n);
        mp::par_transform(v, v, twice);
        return v;
      },
      [](std::size_t n) { return each(ints(n), twice); });
  list.add(
      "par_transform with a projection",
      [](auto, std::size_t n) {
        numbers out(n);
        mp::par_transform(ints(n), out, twice, negated);
        return out;
      },
      [](std::size_t n) { return each(ints(n), [](int x) { return -2 * x; }); });
  list.add(
      "par_transform of two ranges",
      [](auto, std::size_t n) {
        numbers out(n);
        mp::par_transform(ints(n), ascending(n), out, difference);
        return out;
      },
      [](std::size_t n) {
        numbers out;
        for (std::size_t i = 0; i < n; ++i) out.push_back(ints(n)[i] - ascending(n)[i]);
        return out;
      });
}

}  // namespace

void add_algorithms(case_list& list) {
  add_sorts(list);
  add_scans(list);
  add_writes(list);
}

}  // namespace micropool_test
