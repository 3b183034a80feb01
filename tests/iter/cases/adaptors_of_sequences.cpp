// SPDX-License-Identifier: MIT OR Apache-2.0
// chain, chunks, array_windows, interleave, intersperse, scan, take_while_any, map_while_any, with
// every consumer family.
#include "every_family.hpp"
#include "families.hpp"

#include <span>

namespace mp = micropool;

namespace micropool_test {
namespace {

std::span<const int> lower_half(std::size_t n) { return std::span(ascending(n)).first(n / 2); }

numbers alternating(std::size_t n) {
  const auto longer = ints(n);
  const auto shorter = lower_half(n);
  numbers all;
  for (std::size_t i = 0; i < n; ++i) {
    all.push_back(longer[i]);
    if (i < shorter.size()) all.push_back(shorter[i]);
  }
  return all;
}

}  // namespace

void add_adaptors_of_sequences(case_list& list) {
  add_every_indexed_family(
      list, "chain",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).chain(ascending(n))); },
      [](std::size_t n) { return both(ints(n), ascending(n)); });
  add_every_indexed_family(
      list, "chunks",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).chunks(4).map(digest)); },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < n; i += 4) all.push_back(digest(every(ints(n), i, i + 4)));
        return all;
      });
  add_every_indexed_family(
      list, "array_windows",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).template array_windows<3>().map(digest));
      },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i + 3 <= n; ++i) all.push_back(digest(every(ints(n), i, i + 3)));
        return all;
      });
  add_every_indexed_family(
      list, "interleave",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).interleave(lower_half(n))); },
      [](std::size_t n) { return alternating(n); });
  add_every_indexed_family(
      list, "intersperse",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).intersperse(-995)); },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < n; ++i) {
          if (i != 0) all.push_back(-995);
          all.push_back(ints(n)[i]);
        }
        return all;
      });
  add_every_indexed_family(
      list, "scan",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).scan(0, plus); },
      [](std::size_t n) {
        int sum = 0;
        return each(ints(n), [&sum](int x) { return sum += x; });
      });
  add_every_family(
      list, "take_while_any that takes all",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).take_while_any(is_any)); },
      [](std::size_t n) { return ints(n); });
  add_every_family(
      list, "map_while_any that maps all",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).map_while_any(always)); },
      [](std::size_t n) { return each(ints(n), [](int x) { return x + 1; }); });
}

}  // namespace micropool_test
