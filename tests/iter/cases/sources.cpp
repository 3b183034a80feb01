// SPDX-License-Identifier: MIT OR Apache-2.0
// par_iter over everything that it takes, par_range, par_generate, par_repeat, and user types.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

struct squares {
  std::size_t n;
  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const { return i * i; }
};

// Its size is known when it has been prepared.
struct prepared_squares : squares {
  std::size_t known = 0;
  mp::task<> prepare() {
    known = n;
    co_return;
  }
  std::size_t size() const { return known; }
};

std::deque<int> in_deque(std::size_t n) { return {ints(n).begin(), ints(n).end()}; }
std::vector<bool> signs(std::size_t n) {
  std::vector<bool> v;
  for (const int x : ints(n)) v.push_back(x > 0);
  return v;
}
std::vector<std::size_t> square_numbers(std::size_t n) {
  std::vector<std::size_t> v;
  for (std::size_t i = 0; i < n; ++i) v.push_back(i * i);
  return v;
}
template <class T>
std::vector<T> counted(T first, T last) {
  std::vector<T> v;
  for (T i = first; i < last; ++i) v.push_back(i);
  return v;
}
constexpr auto cube = [](std::size_t i) { return i * i * i; };
constexpr auto is_set = [](bool b) { return b; };

void add_ranges(case_list& list) {
  list.add(
      "elements of an lvalue are changed in place",
      [](auto run, std::size_t n) {
        numbers v = ints(n);
        run.end([&] { return run(mp::par_iter(v)).for_each(add_one); });
        return v;
      },
      [](std::size_t n) { return each(ints(n), [](int x) { return x + 1; }); });
  list.add(
      "update changes the elements of an lvalue",
      [](auto run, std::size_t n) {
        numbers v = ints(n);
        const auto sum = run.end([&] { return run(mp::par_iter(v).update(add_one)).sum(); });
        return std::pair(v, sum);
      },
      [](std::size_t n) {
        const numbers v = each(ints(n), [](int x) { return x + 1; });
        return std::pair(v, sum_of(v));
      });
  list.add(
      "a vector that is given away",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(numbers(ints(n)))).template collect<std::vector>();
      },
      [](std::size_t n) { return ints(n); });
  list.add(
      "words that are given away",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(std::vector<std::string>(words(n))))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return words(n); });
  list.add(
      "objects that can only be moved",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(pointers(n))).template collect<std::vector>();
      },
      [](std::size_t n) { return pointers(n); });
  list.add(
      "references to objects that can only be moved",
      [](auto run, std::size_t n) {
        const auto v = pointers(n);
        return run.end([&] {
          return run(mp::par_iter(v).map(unboxed)).fold(no_items, append_item, append_sequence);
        });
      },
      [](std::size_t n) { return sequence_of(ints(n)); });
  list.add(
      "an array that is given away",
      [](auto run, std::size_t) {
        return run(mp::par_iter(std::array<std::string, 5>{"a", "b", "c", "d", "e"})).sum();
      },
      [](std::size_t) { return std::string("abcde"); });
  list.add(
      "a built-in array",
      [](auto run, std::size_t) {
        static constexpr int three[] = {3, 1, 2};
        return run(mp::par_iter(three)).template collect<std::vector>();
      },
      [](std::size_t) {
        return numbers{3, 1, 2};
      });
  list.add(
      "a list of values",
      [](auto run, std::size_t) {
        return run(mp::par_iter({4, 5, 6})).product();
      },
      [](std::size_t) { return 120; });
  list.add(
      "a span",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(std::span(ints(n)).subspan(n / 3))).template collect<std::vector>();
      },
      [](std::size_t n) { return every(ints(n), n / 3, n); });
  list.add(
      "a deque",
      [](auto run, std::size_t n) {
        const auto d = in_deque(n);
        return run.end([&] { return run(mp::par_iter(d)).template collect<std::vector>(); });
      },
      [](std::size_t n) { return ints(n); });
  list.add(
      "a deque that is given away",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(in_deque(n))).template collect<std::deque>();
      },
      [](std::size_t n) { return ints(n); });
  list.add(
      "a string",
      [](auto run, std::size_t) {
        static const std::string text = "text";
        return run(mp::par_iter(text)).template sum<std::string>();
      },
      [](std::size_t) { return std::string("text"); });
  list.add(
      "const bits",
      [](auto run, std::size_t n) {
        const auto bits = signs(n);
        return run.end([&] { return run(mp::par_iter(bits).filter(is_set)).count(); });
      },
      [](std::size_t n) { return only(ints(n), is_positive).size(); });
  list.add(
      "a view of numbers",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(std::views::iota(std::size_t{3}, n + 3)))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return counted(std::size_t{3}, n + 3); });
  list.add(
      "a view that transforms",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n) | std::views::transform(twice)))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return each(ints(n), twice); });
  list.add(
      "a view in reverse",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n) | std::views::reverse)).template collect<std::vector>();
      },
      [](std::size_t n) { return reversed(ints(n)); });
  list.add(
      "a view of a part",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n) | std::views::drop(2) | std::views::take(100)))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return every(ints(n), 2, 102); });
  list.add(
      "a parallel iterator",
      [](auto run, std::size_t n) {
        return mp::par_iter(run(mp::par_iter(ints(n)).map(twice))).sum();
      },
      [](std::size_t n) { return 2 * sum_of(ints(n)); });
}

void add_made_items(case_list& list) {
  list.add(
      "par_range of signed numbers",
      [](auto run, std::size_t n) {
        return run(mp::par_range(-5, static_cast<int>(n))).template collect<std::vector>();
      },
      [](std::size_t n) { return counted(-5, static_cast<int>(n)); });
  list.add(
      "par_range of small numbers",
      [](auto run, std::size_t) {
        return run(mp::par_range(std::uint8_t{250}, std::uint8_t{255}))
            .template collect<std::vector>();
      },
      [](std::size_t) {
        return std::vector<std::uint8_t>{250, 251, 252, 253, 254};
      });
  list.add(
      "par_range from zero", [](auto run, std::size_t n) { return run(mp::par_range(n)).sum(); },
      [](std::size_t n) { return n == 0 ? 0 : n * (n - 1) / 2; });
  list.add(
      "par_range that has no numbers",
      [](auto run, std::size_t n) { return run(mp::par_range(n + 2, n)).count(); },
      [](std::size_t) { return 0; });
  list.add(
      "par_generate",
      [](auto run, std::size_t n) {
        return run(mp::par_generate(n, cube)).template collect<std::vector>();
      },
      [](std::size_t n) {
        std::vector<std::size_t> v;
        for (std::size_t i = 0; i < n; ++i) v.push_back(cube(i));
        return v;
      });
  list.add(
      "par_repeat", [](auto run, std::size_t n) { return run(mp::par_repeat(3, n)).sum(); },
      [](std::size_t n) { return 3 * n; });
  list.add(
      "par_repeat of words",
      [](auto run, std::size_t n) {
        return run(mp::par_repeat(std::string("word"), n)).template collect<std::vector>();
      },
      [](std::size_t n) { return std::vector<std::string>(n, "word"); });
  list.add(
      "a user's source",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(squares{n})).template collect<std::vector>();
      },
      [](std::size_t n) { return square_numbers(n); });
  list.add(
      "a user's source that is prepared",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(prepared_squares{{n}})).template collect<std::vector>();
      },
      [](std::size_t n) { return square_numbers(n); });
}

}  // namespace

void add_sources(case_list& list) {
  add_ranges(list);
  add_made_items(list);
}

}  // namespace micropool_test
