// SPDX-License-Identifier: MIT OR Apache-2.0
// all, any, find, find_map, position, positions, and the consumers that try.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

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

constexpr auto tenfold_if_small = [](int x) {
  return is_small(x) ? std::optional(10 * x) : std::nullopt;
};
constexpr auto is_short = [](const std::string& s) { return s.size() < 9; };
constexpr auto none_if_rather_small = [](int x) {
  return is_rather_small(x) ? std::nullopt : std::optional(x);
};
constexpr auto none_if_impossible = [](int x) {
  return x > 1000 ? std::nullopt : std::optional(x);
};
constexpr auto checked_sum = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
  return a + b;
};
constexpr auto sum_unless_rather_small = [](std::int64_t sum,
                                            int x) -> std::optional<std::int64_t> {
  if (is_rather_small(x)) return std::nullopt;
  return sum + x;
};
constexpr auto sum_of_any = [](std::int64_t sum, int x) -> std::optional<std::int64_t> {
  return sum + x;
};
constexpr auto unless_rather_small = [](int&, int x) { return !is_rather_small(x); };
// A failure that says which item it was: the lowest one has to come out.
struct verdict {
  bool good = true;
  int item = 0;
};
constexpr auto judge_small = [](int x) { return verdict{!is_small(x), is_small(x) ? x : 0}; };

template <class Found>
bool is_right_if_any(const Found& found, bool (*holds)(int), const numbers& v) {
  return found ? holds(*found) : !first_in(v, holds);
}

void add_searches(case_list& list) {
  list.add(
      "all of what holds",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).all(is_any); },
      [](std::size_t) { return true; });
  list.add(
      "all",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).all(is_not_rather_small); },
      [](std::size_t n) { return !first_in(ints(n), is_rather_small); });
  list.add(
      "any",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).map(negated)).any(is_small); },
      [](std::size_t n) { return first_in(each(ints(n), negated), is_small).has_value(); });
  list.add(
      "any of a filter that leaves nothing",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_none)).any(is_any);
      },
      [](std::size_t) { return false; });
  list.add(
      "find_any finds one that is right",
      [](auto run, std::size_t n) {
        const auto found = run.end([&] { return run(mp::par_iter(ints(n))).find_any(is_small); });
        return is_right_if_any(found, is_small, ints(n));
      },
      [](std::size_t) { return true; });
  list.add(
      "find_first is a reference to the first",
      [](auto run, std::size_t n) {
        const auto found = run.end([&] { return run(mp::par_iter(ints(n))).find_first(is_small); });
        return found ? std::optional(static_cast<std::size_t>(&*found - ints(n).data()))
                     : std::nullopt;
      },
      [](std::size_t n) { return first_position_in(ints(n), is_small); });
  list.add(
      "find_first of words",
      [](auto run, std::size_t n) { return run(mp::par_iter(words(n))).find_first(is_short); },
      [](std::size_t n) -> std::optional<std::string> {
        for (const auto& word : words(n)) {
          if (is_short(word)) return word;
        }
        return std::nullopt;
      });
  list.add(
      "find_first of what can only be moved",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(pointers(n))).find_first([](const auto& p) {
          return is_small(*p);
        });
      },
      [](std::size_t n) { return first_in(ints(n), is_small); });
  list.add(
      "find_last",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).find_last(is_small); },
      [](std::size_t n) { return last_in(ints(n), is_small); });
  list.add(
      "find_last of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even)).find_last(is_small);
      },
      [](std::size_t n) { return last_in(only(ints(n), is_even), is_small); });
  list.add(
      "find_map_any finds one that is right",
      [](auto run, std::size_t n) {
        const auto found =
            run.end([&] { return run(mp::par_iter(ints(n))).find_map_any(tenfold_if_small); });
        return found ? *found % 10 == 0 && is_small(*found / 10) : !first_in(ints(n), is_small);
      },
      [](std::size_t) { return true; });
  list.add(
      "find_map_first",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).find_map_first(tenfold_if_small);
      },
      [](std::size_t n) {
        const auto first = first_in(ints(n), is_small);
        return first ? std::optional(10 * *first) : std::nullopt;
      });
  list.add(
      "position_any finds one that is right",
      [](auto run, std::size_t n) {
        const auto at = run.end([&] { return run(mp::par_iter(ints(n))).position_any(is_small); });
        return at ? is_small(ints(n)[*at]) : !first_in(ints(n), is_small);
      },
      [](std::size_t) { return true; });
  list.add(
      "position_first",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).position_first(is_small); },
      [](std::size_t n) { return first_position_in(ints(n), is_small); });
  list.add(
      "position_first in reverse",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).rev()).position_first(is_small);
      },
      [](std::size_t n) { return first_position_in(reversed(ints(n)), is_small); });
  list.add(
      "position_last",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).position_last(is_small); },
      [](std::size_t n) { return last_position_in(ints(n), is_small); });
  list.add(
      "positions",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).positions(is_even); },
      [](std::size_t n) {
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < n; ++i) {
          if (is_even(ints(n)[i])) all.push_back(i);
        }
        return all;
      });
}

}  // namespace
}  // namespace micropool_test

template <>
struct micropool::try_traits<micropool_test::verdict> {
  using output = void;
  static bool has_failed(const micropool_test::verdict& v) { return !v.good; }
  static micropool_test::verdict success() { return {}; }
};

namespace micropool_test {
namespace {

void add_tries(case_list& list) {
  list.add(
      "try_for_each of what succeeds",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).try_for_each(is_any); },
      [](std::size_t) { return true; });
  list.add(
      "try_for_each gives the failure of the lowest index",
      [](auto run, std::size_t n) {
        return run.end([&] { return run(mp::par_iter(ints(n))).try_for_each(judge_small); }).item;
      },
      [](std::size_t n) { return first_in(ints(n), is_small).value_or(0); });
  list.add(
      "try_for_each of optionals",
      [](auto run, std::size_t n) {
        return run
            .end([&] { return run(mp::par_iter(ints(n))).try_for_each(none_if_rather_small); })
            .has_value();
      },
      [](std::size_t n) { return !first_in(ints(n), is_rather_small); });
  list.add(
      "try_for_each_init",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).try_for_each_init(make_count, unless_rather_small);
      },
      [](std::size_t n) { return !first_in(ints(n), is_rather_small); });
  list.add(
      "try_reduce of what succeeds",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(as_long)).try_reduce(std::int64_t{0}, checked_sum);
      },
      [](std::size_t n) { return std::optional(sum_of(ints(n))); });
  list.add(
      "try_reduce of what may have failed already",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(none_if_rather_small)).try_reduce(0, [](int a, int b) {
          return std::optional(a + b);
        });
      },
      [](std::size_t n) -> std::optional<std::int64_t> {
        if (first_in(ints(n), is_rather_small)) return std::nullopt;
        return sum_of(ints(n));
      });
  list.add(
      "try_fold_per_thread",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)))
            .try_fold_per_thread(std::int64_t{0}, sum_unless_rather_small, std::plus<>());
      },
      [](std::size_t n) -> std::optional<std::int64_t> {
        if (first_in(ints(n), is_rather_small)) return std::nullopt;
        return sum_of(ints(n));
      });
  list.add(
      "try_fold_per_thread of what succeeds",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even))
            .try_fold_per_thread(std::int64_t{0}, sum_of_any, std::plus<>());
      },
      [](std::size_t n) { return std::optional(sum_of(only(ints(n), is_even))); });
  list.add(
      "try_collect of what succeeds",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(none_if_impossible)).template try_collect<numbers>();
      },
      [](std::size_t n) { return std::optional(ints(n)); });
  list.add(
      "try_collect",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(none_if_rather_small))
            .template try_collect<std::vector>();
      },
      [](std::size_t n) {
        return first_in(ints(n), is_rather_small) ? std::nullopt : std::optional(ints(n));
      });
}

}  // namespace

void add_consumers_of_places(case_list& list) {
  add_searches(list);
  add_tries(list);
}

}  // namespace micropool_test
