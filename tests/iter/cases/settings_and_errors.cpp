// SPDX-License-Identifier: MIT OR Apache-2.0
// Settings in all places of a chain, chains in chains, and items that throw: the lowest one has to
// come out.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <micropool/error.hpp>
#include <micropool/scope.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

// Throws for every number that is small enough, with the number.
constexpr auto throw_if_small = [](int x) {
  if (is_small(x)) throw item_error{x};
  return x;
};
constexpr auto is_even_or_throws = [](int x) { return is_even(throw_if_small(x)); };
constexpr auto repeat_or_throw = [](int x) { return numbers(2, throw_if_small(x)); };
constexpr auto maybe_or_throw = [](int x) { return std::optional(throw_if_small(x)); };
constexpr auto sum_or_throw = [](std::int64_t sum, int x) { return sum + throw_if_small(x); };
constexpr auto bin_or_throw = [](int x) { return bin_of(throw_if_small(x)); };
constexpr auto either_or_throw = [](int x) { return even_or_odd(throw_if_small(x)); };
constexpr auto count_or_throw = [](int& count, int x) { return count += throw_if_small(x) != 0; };
constexpr auto no_state = []() -> int { throw item_error{-1}; };

// What a serial loop throws.
numbers thrown_by(const numbers& v) { return each(v, throw_if_small); }

void add_settings(case_list& list) {
  list.add(
      "settings at the beginning of a chain",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)))
            .map(twice)
            .skip(1)
            .enumerate()
            .map(weighted)
            .template collect<std::vector>();
      },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 1; i < n; ++i) all.push_back(weighted(i - 1, 2 * ints(n)[i]));
        return all;
      });
  list.add(
      "a stop token that is not used",
      [](auto run, std::size_t n) {
        const std::stop_source stop;
        return run(mp::par_iter(ints(n)).stop_on(stop.get_token()).map(twice)).sum();
      },
      [](std::size_t n) { return 2 * sum_of(ints(n)); });
  list.add(
      "a stop token that has been used already",
      [](auto run, std::size_t n) {
        std::stop_source stop;
        stop.request_stop();
        try {
          return run.end([&] {
            return run(mp::par_iter(ints(n)).map(twice)).stop_on(stop.get_token()).sum();
          });
        } catch (const mp::operation_stopped&) {
          return -1;
        }
      },
      [](std::size_t n) { return n == 0 ? 0 : -1; });
  list.add(
      "a loop in the background",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).background().map(twice)).template collect<std::vector>();
      },
      [](std::size_t n) { return each(ints(n), twice); }, 1000);
  list.add(
      "a fold of a filter in the background",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).filter(is_even))
            .background()
            .fold(no_items, append_item, append_sequence);
      },
      [](std::size_t n) { return sequence_of(only(ints(n), is_even)); }, 1000);
  list.add(
      "find_first in the background",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n))).background().find_first(is_small);
      },
      [](std::size_t n) { return first_in(ints(n), is_small); }, 1000);
  list.add(
      "a loop on a pool that is named",
      [](auto run, std::size_t n) {
        return run.end([&] {
          return run(mp::par_iter(ints(n))).with(mp::current_pool().split_by_threads()).sum();
        });
      },
      [](std::size_t n) { return sum_of(ints(n)); });
}

void add_nesting(case_list& list) {
  list.add(
      "a chain in a chain",
      [](auto run, std::size_t n) {
        const auto inner = [run](int x) {
          return run.end([&] { return run(mp::par_range(x & 15)).sum(); });
        };
        return run.end(
            [&] { return run(mp::par_iter(ints(n)).map(inner)).template collect<std::vector>(); });
      },
      [](std::size_t n) {
        return each(ints(n), [](int x) { return (x & 15) * ((x & 15) - 1) / 2; });
      },
      64);
  list.add(
      "a chain in an awaited body",
      [](auto run, std::size_t n) {
        std::atomic<std::int64_t> sum{0};
        const auto body = [run, &sum](int x) -> mp::task<> {
          auto inner = run(mp::par_range(x & 15)).async().sum();
          sum += co_await std::move(inner);
        };
        mp::sync_wait(run(mp::par_iter(ints(n))).for_each(body));
        return sum.load();
      },
      [](std::size_t n) {
        return sum_of(each(ints(n), [](int x) { return (x & 15) * ((x & 15) - 1) / 2; }));
      },
      64);
  list.add(
      "a chain in a task",
      [](auto run, std::size_t n) {
        const auto in_task = [run, n]() -> mp::task<std::vector<int>> {
          auto loop =
              run(mp::par_iter(ints(n)).filter(is_even)).async().template collect<std::vector>();
          co_return co_await std::move(loop);
        };
        return mp::sync_wait(in_task());
      },
      [](std::size_t n) { return only(ints(n), is_even); });
}

void add_errors(case_list& list) {
  const auto add = [&list](const char* what, auto chain) {
    list.add(
        std::string(what) + " throws of the lowest index",
        [](auto run, std::size_t n) {
          decltype(chain)()(run, n);
          return 0;
        },
        [](std::size_t n) {
          thrown_by(ints(n));
          return 0;
        });
  };
  add("map", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map(throw_if_small)).sum(); });
  });
  add("map before collect", [](auto run, std::size_t n) {
    run.end([&] {
      return run(mp::par_iter(ints(n)).map(throw_if_small)).template collect<std::vector>();
    });
  });
  add("map before a fold", [](auto run, std::size_t n) {
    run.end([&] {
      return run(mp::par_iter(ints(n)).map(throw_if_small))
          .fold(no_items, append_item, append_sequence);
    });
  });
  add("map before top_k", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map(throw_if_small)).top_k(3); });
  });
  add("map behind find_first that finds nothing", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map(throw_if_small)).find_first(is_small); });
  });
  add("inspect", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).inspect(throw_if_small).max(); });
  });
  add("filter", [](auto run, std::size_t n) {
    run.end([&] {
      return run(mp::par_iter(ints(n)).filter(is_even_or_throws)).template collect<std::vector>();
    });
  });
  add("filter_map", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).filter_map(maybe_or_throw)).count(); });
  });
  add("flat_map", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).flat_map(repeat_or_throw)).sum(); });
  });
  add("map_init", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map_init(make_count, count_or_throw)).sum(); });
  });
  add("scan", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map(throw_if_small)).scan(0, plus).sum(); });
  });
  add("for_each", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).for_each(throw_if_small); });
  });
  add("for_each_init", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).for_each_init(make_count, count_or_throw); });
  });
  add("an awaited body", [](auto run, std::size_t n) {
    const auto body = [](int x) -> mp::task<> {
      throw_if_small(x);
      co_return;
    };
    mp::sync_wait(run(mp::par_iter(ints(n))).for_each(body));
  });
  add("fold", [](auto run, std::size_t n) {
    run.end([&] {
      return run(mp::par_iter(ints(n))).fold(std::int64_t{0}, sum_or_throw, std::plus<>());
    });
  });
  add("fold_per_thread", [](auto run, std::size_t n) {
    run.end([&] {
      return run(mp::par_iter(ints(n)))
          .fold_per_thread(std::int64_t{0}, sum_or_throw, std::plus<>());
    });
  });
  add("partition", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).partition(is_even_or_throws); });
  });
  add("partition_map", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).partition_map(either_or_throw); });
  });
  add("to_histogram", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).to_histogram(10, bin_or_throw); });
  });
  add("positions", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).positions(is_even_or_throws); });
  });
  add("a predicate of find_map_first that finds nothing", [](auto run, std::size_t n) {
    run.end([&] {
      return run(mp::par_iter(ints(n))).find_map_first([](int x) {
        return throw_if_small(x) > 5000 ? std::optional(x) : std::nullopt;
      });
    });
  });
  add("try_for_each that never fails", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map(throw_if_small)).try_for_each(is_any); });
  });
  add("cmp", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n)).map(throw_if_small)).cmp(ints(n)); });
  });
  add("the projection of min_by_key", [](auto run, std::size_t n) {
    run.end([&] { return run(mp::par_iter(ints(n))).min_by_key(throw_if_small); });
  });
  list.add(
      "what a state's maker throws",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map_init(no_state, count_and_double)).sum();
      },
      [](std::size_t n) {
        if (n > 0) throw item_error{-1};
        return 0;
      });
  list.add(
      "find_first is not disturbed by what throws behind it",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map(throw_if_small)).find_first(is_positive);
      },
      [](std::size_t n) -> std::optional<int> {
        for (const int x : ints(n)) {
          if (throw_if_small(x) > 0) return x;
        }
        return std::nullopt;
      });
}

// Some of the items, each of them once, and those of the first chunk that runs.
bool are_some_of(numbers some, const numbers& all) {
  return std::ranges::includes(sorted(all), sorted(std::move(some)));
}

void add_any(case_list& list) {
  list.add(
      "take_while_any takes some of the items, none of which ends it",
      [](auto run, std::size_t n) {
        const auto some = run.end([&] {
          return run(mp::par_iter(ints(n)).take_while_any(is_not_rather_small))
              .template collect<std::vector>();
        });
        return are_some_of(some, only(ints(n), is_not_rather_small)) &&
               (first_in(ints(n), is_rather_small) || some.size() == n);
      },
      [](std::size_t) { return true; });
  list.add(
      "map_while_any maps some of the items",
      [](auto run, std::size_t n) {
        const auto some = run.end([&] {
          return run(mp::par_iter(ints(n)).map_while_any([](int x) {
                   return is_rather_small(x) ? std::nullopt : std::optional(2 * x);
                 }))
              .template collect<std::vector>();
        });
        return are_some_of(some, each(only(ints(n), is_not_rather_small), twice)) &&
               (first_in(ints(n), is_rather_small) || some.size() == n);
      },
      [](std::size_t) { return true; });
  list.add(
      "take_while_any that takes nothing",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).take_while_any(is_none)).count();
      },
      [](std::size_t) { return 0; });
}

}  // namespace

void add_settings_and_errors(case_list& list) {
  add_settings(list);
  add_nesting(list);
  add_errors(list);
  add_any(list);
}

}  // namespace micropool_test
