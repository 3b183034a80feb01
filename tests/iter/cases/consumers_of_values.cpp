// SPDX-License-Identifier: MIT OR Apache-2.0
// reduce, fold, fold_per_thread, sum, product, count; min, max, minmax and their kin.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

std::string text_of(std::size_t n) {
  std::string text;
  for (const auto& word : words(n)) text += word;
  return text;
}
constexpr auto no_text = [] { return std::string(); };
constexpr auto add_text = [](std::string& to, const std::string& s) { to += s; };
constexpr auto as_text = [](int x) { return std::to_string(x); };
constexpr auto small_factor = [](int x) { return static_cast<std::uint64_t>(2 * x + 1); };
constexpr auto to_wide = [](std::int64_t sum, int x) { return sum + x; };
constexpr auto letter = [](const std::string& s) { return s[7]; };

std::optional<std::pair<int, int>> first_least_and_last_greatest(const numbers& v, order less) {
  if (v.empty()) return std::nullopt;
  return std::pair(*first_least_in(v, less), *last_greatest_in(v, less));
}

void add_folds(case_list& list) {
  list.add(
      "reduce with an identity that is made",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(words(n))).reduce(no_text, std::plus<>());
      },
      [](std::size_t n) { return text_of(n); }, 1000);
  list.add(
      "reduce keeps the order of words",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(words(n))).reduce(std::string(), std::plus<>());
      },
      [](std::size_t n) { return text_of(n); }, 1000);
  list.add(
      "reduce of a filter is the last that is not 0",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even)).reduce(0, latter);
      },
      [](std::size_t n) { return last_that_is_not_0(only(ints(n), is_even)); });
  list.add(
      "fold into another type",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).fold(std::int64_t{0}, to_wide, std::plus<>());
      },
      [](std::size_t n) { return sum_of(ints(n)); });
  list.add(
      "fold in place",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(words(n))).fold(no_text, add_text, add_text);
      },
      [](std::size_t n) { return text_of(n); }, 1000);
  list.add(
      "fold_per_thread",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).fold_per_thread(std::int64_t{0}, to_wide, std::plus<>());
      },
      [](std::size_t n) { return sum_of(ints(n)); });
  list.add(
      "fold_per_thread of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_positive))
            .fold_per_thread(std::int64_t{0}, to_wide, std::plus<>());
      },
      [](std::size_t n) { return sum_of(only(ints(n), is_positive)); });
  list.add(
      "sum", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).sum(); },
      [](std::size_t n) { return sum_of(ints(n)); });
  list.add(
      "sum of words", [](auto run, std::size_t n) { return run(mp::par_iter(words(n))).sum(); },
      [](std::size_t n) { return text_of(n); }, 1000);
  list.add(
      "sum of small fractions that are exact",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map([](int x) { return x / 8.0; })).sum();
      },
      [](std::size_t n) { return static_cast<double>(sum_of(ints(n))) / 8; });
  list.add(
      "product",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(small_factor)).product();
      },
      [](std::size_t n) {
        std::uint64_t product = 1;
        for (const int x : ints(n)) product *= small_factor(x);
        return product;
      });
  list.add(
      "product of a named type",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).template product<std::uint64_t>();
      },
      [](std::size_t n) {
        std::uint64_t product = 1;
        for (const int x : ints(n)) product *= static_cast<std::uint64_t>(x);
        return product;
      });
  list.add(
      "count of a source whose size is known",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).count(); },
      [](std::size_t n) { return n; });
  list.add(
      "count of a map",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).map(twice)).count(); },
      [](std::size_t n) { return n; });
  list.add(
      "count of a filter",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).filter(is_even)).count(); },
      [](std::size_t n) { return only(ints(n), is_even).size(); });
  list.add(
      "count of a flat_map",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).flat_map(as_text).count(); },
      [](std::size_t n) {
        std::size_t digits = 0;
        for (const int x : ints(n)) digits += as_text(x).size();
        return digits;
      });
}

void add_extremes(case_list& list) {
  list.add(
      "min", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).min(); },
      [](std::size_t n) { return first_least_in(ints(n), by_value); });
  list.add(
      "max", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).max(); },
      [](std::size_t n) { return last_greatest_in(ints(n), by_value); });
  list.add(
      "min_by is the first of equal ones",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).min_by(by_last_digit); },
      [](std::size_t n) { return first_least_in(ints(n), by_last_digit); });
  list.add(
      "max_by of values is the last of equal ones",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(negated)).max_by(by_last_digit);
      },
      [](std::size_t n) { return last_greatest_in(each(ints(n), negated), by_last_digit); });
  list.add(
      "min_by_key",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).min_by_key(last_digit); },
      [](std::size_t n) { return first_least_in(ints(n), by_last_digit); });
  list.add(
      "max_by_key of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_positive)).max_by_key(last_digit);
      },
      [](std::size_t n) { return last_greatest_in(only(ints(n), is_positive), by_last_digit); });
  list.add(
      "min_by_key of words is a reference to the first",
      [](auto run, std::size_t n) {
        const auto found = run.end([&] { return run(mp::par_iter(words(n))).min_by_key(letter); });
        return found ? &*found - words(n).data() : -1;
      },
      [](std::size_t n) {
        const auto least = std::ranges::min_element(words(n), by_first_letter);
        return least == words(n).end() ? -1 : least - words(n).begin();
      });
  list.add(
      "minmax", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).minmax(); },
      [](std::size_t n) { return first_least_and_last_greatest(ints(n), by_value); });
  list.add(
      "minmax_by",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).minmax_by(by_last_digit); },
      [](std::size_t n) { return first_least_and_last_greatest(ints(n), by_last_digit); });
  list.add(
      "minmax_by_key of a map",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(negated)).minmax_by_key(last_digit);
      },
      [](std::size_t n) {
        return first_least_and_last_greatest(each(ints(n), negated), by_last_digit);
      });
  list.add(
      "min of what can only be moved",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(pointers(n))).min_by([](const auto& a, const auto& b) {
          return by_last_digit(*a, *b);
        });
      },
      [](std::size_t n) { return first_least_in(ints(n), by_last_digit); });
  list.add(
      "max of items with their positions",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).enumerate()).max_by([](const auto& a, const auto& b) {
          return by_last_digit(a.second, b.second);
        });
      },
      [](std::size_t n) {
        std::optional<std::pair<std::size_t, int>> greatest;
        for (std::size_t i = 0; i < n; ++i) {
          if (!greatest || !by_last_digit(ints(n)[i], greatest->second))
            greatest.emplace(i, ints(n)[i]);
        }
        return greatest;
      });
}

}  // namespace

void add_consumers_of_values(case_list& list) {
  add_folds(list);
  add_extremes(list);
}

}  // namespace micropool_test
