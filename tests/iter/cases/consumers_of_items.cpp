// SPDX-License-Identifier: MIT OR Apache-2.0
// for_each, collect and their kin, partition, partition_map, unzip, to_histogram, top_k.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

std::vector<std::pair<int, int>> doubled_pairs(std::size_t n) {
  std::vector<std::pair<int, int>> v;
  for (const int x : ints(n)) v.push_back({x, 2 * x});
  return v;
}
// Where keys are equal, the item with the lowest index stays.
std::map<int, std::size_t> first_places(std::size_t n) {
  std::map<int, std::size_t> m;
  for (std::size_t i = 0; i < n; ++i) m.emplace(last_digit(ints(n)[i]), i);
  return m;
}
constexpr auto digit_and_place = [](std::size_t i, int x) { return std::pair(last_digit(x), i); };
constexpr auto first_letter = [](const std::string& s) { return s.front(); };
constexpr auto make_sum = [] { return std::int64_t{0}; };

void add_for_each(case_list& list) {
  list.add(
      "for_each over pairs in parts",
      [](auto run, std::size_t n) {
        std::atomic<std::int64_t> sum{0};
        const auto add = [&sum](int a, int b) { sum += b - a; };
        run.end([&] { return run(mp::par_iter(ints(n)).map(with_double)).for_each(add); });
        return sum.load();
      },
      [](std::size_t n) { return sum_of(ints(n)); });
  list.add(
      "for_each_init",
      [](auto run, std::size_t n) {
        numbers to(n);
        const auto write = [&to](std::int64_t& seen, std::size_t i, int x) {
          ++seen;
          to[i] = 2 * x;
        };
        run.end(
            [&] { return run(mp::par_iter(ints(n)).enumerate()).for_each_init(make_sum, write); });
        return to;
      },
      [](std::size_t n) { return each(ints(n), twice); });
  list.add(
      "for_each with a body that is awaited",
      [](auto run, std::size_t n) {
        numbers v = ints(n);
        const auto body = [](int& x) -> mp::task<> {
          ++x;
          co_return;
        };
        mp::sync_wait(run(mp::par_iter(v)).for_each(body));
        return v;
      },
      [](std::size_t n) { return each(ints(n), [](int x) { return x + 1; }); }, 1000);
  list.add(
      "for_each with a body that awaits, of a filter",
      [](auto run, std::size_t n) {
        std::atomic<std::int64_t> sum{0};
        const auto half = [](int x) -> mp::task<int> { co_return x / 2; };
        const auto body = [&sum, &half](int x) -> mp::task<> { sum += co_await half(x); };
        mp::sync_wait(run(mp::par_iter(ints(n)).filter(is_even)).for_each(body));
        return sum.load();
      },
      [](std::size_t n) { return sum_of(only(ints(n), is_even)) / 2; }, 1000);
  list.add(
      "for_each of words that are given away",
      [](auto run, std::size_t n) {
        std::atomic<std::size_t> letters{0};
        const auto add = [&letters](std::string s) { letters += s.size(); };
        run.end(
            [&] { return run(mp::par_iter(std::vector<std::string>(words(n)))).for_each(add); });
        return letters.load();
      },
      [](std::size_t n) {
        std::size_t letters = 0;
        for (const auto& word : words(n)) letters += word.size();
        return letters;
      });
}

void add_containers(case_list& list) {
  list.add(
      "collect into a vector of another type",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).template collect<std::vector<long>>();
      },
      [](std::size_t n) { return ints(n); });
  list.add(
      "collect of a filter keeps the order",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).enumerate())
            .map(weighted)
            .filter(is_even)
            .template collect<std::vector>();
      },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < n; ++i) all.push_back(weighted(i, ints(n)[i]));
        return only(all, is_even);
      });
  list.add(
      "collect into a vector of bool",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(is_positive)).template collect<std::vector<bool>>();
      },
      [](std::size_t n) { return each(ints(n), is_positive); });
  list.add(
      "collect into a list",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(words(n))).template collect<std::list>();
      },
      [](std::size_t n) { return words(n); });
  list.add(
      "collect into a set",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).template collect<std::set<int>>();
      },
      [](std::size_t n) { return std::set<int>(ints(n).begin(), ints(n).end()); });
  list.add(
      "collect into a map",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).enumerate().map(digit_and_place))
            .template collect<std::map>();
      },
      [](std::size_t n) { return first_places(n); });
  list.add(
      "collect into an unordered map",
      [](auto run, std::size_t n) {
        const auto m = run.end([&] {
          return run(mp::par_iter(ints(n)).enumerate().map(digit_and_place))
              .template collect<std::unordered_map<int, std::size_t>>();
        });
        return std::map<int, std::size_t>(m.begin(), m.end());
      },
      [](std::size_t n) { return first_places(n); });
  list.add(
      "collect into a string",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(words(n)).map(first_letter)).template collect<std::string>();
      },
      [](std::size_t n) { return std::string(n, 'n'); });
  list.add(
      "collect of objects that can only be moved",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even).map(boxed))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return only(ints(n), is_even); });
  list.add(
      "collect_into replaces what there is",
      [](auto run, std::size_t n) {
        numbers to{1, 2, 3};
        run.end([&] { return run(mp::par_iter(ints(n)).filter(is_positive)).collect_into(to); });
        return to;
      },
      [](std::size_t n) { return only(ints(n), is_positive); });
  list.add(
      "collect_into a vector of plain values",
      [](auto run, std::size_t n) {
        numbers to{1, 2, 3};
        run.end([&] { return run(mp::par_iter(ints(n)).rev()).collect_into(to); });
        return to;
      },
      [](std::size_t n) { return reversed(ints(n)); });
  list.add(
      "collect_into a deque",
      [](auto run, std::size_t n) {
        std::deque<std::string> to{"old"};
        run.end([&] { return run(mp::par_iter(words(n))).collect_into(to); });
        return to;
      },
      [](std::size_t n) { return words(n); });
  list.add(
      "collect_per_thread has every item once",
      [](auto run, std::size_t n) {
        return sorted(joined(run.end([&] {
          return run(mp::par_iter(ints(n))).template collect_per_thread<std::vector<int>>();
        })));
      },
      [](std::size_t n) { return sorted(ints(n)); });
  list.add(
      "collect_per_thread of a filter",
      [](auto run, std::size_t n) {
        return sorted(joined(run.end([&] {
          return run(mp::par_iter(ints(n)).filter(is_even))
              .template collect_per_thread<std::vector<int>>();
        })));
      },
      [](std::size_t n) { return sorted(only(ints(n), is_even)); });
}

void add_partitions(case_list& list) {
  list.add(
      "partition of words",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(words(n))).partition([](const std::string& s) {
          return s.size() % 2 == 0;
        });
      },
      [](std::size_t n) {
        std::pair<std::vector<std::string>, std::vector<std::string>> two;
        for (const auto& s : words(n)) (s.size() % 2 == 0 ? two.first : two.second).push_back(s);
        return two;
      });
  list.add(
      "partition_map",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).partition_map(even_or_odd); },
      [](std::size_t n) { return parted(ints(n), is_even); });
  list.add(
      "partition_map of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_positive)).partition_map(even_or_odd);
      },
      [](std::size_t n) { return parted(only(ints(n), is_positive), is_even); });
  list.add(
      "unzip of pairs",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).map(with_double)).unzip(); },
      [](std::size_t n) { return std::tuple(ints(n), each(ints(n), twice)); });
  list.add(
      "unzip of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even).map(with_double)).unzip();
      },
      [](std::size_t n) {
        const numbers v = only(ints(n), is_even);
        return std::tuple(v, each(v, twice));
      });
  list.add(
      "collect of pairs",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(with_double))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return doubled_pairs(n); });
  list.add(
      "to_histogram",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).to_histogram(10, bin_of); },
      [](std::size_t n) { return counts_of(ints(n), 10, bin_of); });
  list.add(
      "top_k", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).top_k(20); },
      [](std::size_t n) { return best_in(ints(n), 20, by_value); });
  list.add(
      "top_k with ties",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).top_k(20, by_last_digit); },
      [](std::size_t n) { return best_in(ints(n), 20, by_last_digit); });
  list.add(
      "top_k of a filter",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even)).top_k(3, reverse_order);
      },
      [](std::size_t n) { return best_in(only(ints(n), is_even), 3, reverse_order); });
  list.add(
      "top_k of none",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).top_k(0, by_last_digit); },
      [](std::size_t) { return numbers(); });
}

}  // namespace

void add_consumers_of_items(case_list& list) {
  add_for_each(list);
  add_containers(list);
  add_partitions(list);
}

}  // namespace micropool_test
