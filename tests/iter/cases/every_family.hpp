// SPDX-License-Identifier: MIT OR Apache-2.0
// Cases of a chain with one consumer of each family behind it, so that every adaptor meets every
// family.
#pragma once

#include "callables.hpp"
#include "case_list.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace micropool_test {

// `Chain` yields ints: (run, n) -> iterator. `Items` are the same in a vector: n ->
// std::vector<int>.
template <class Chain, class Items>
void add_every_family(case_list& list, const std::string& chain, Chain, Items) {
  const auto add = [&](const char* consumer, auto parallel, auto of_items) {
    list.add(chain + ", then " + consumer, parallel, of_items);
  };
  add(
      "for_each",
      [](auto run, std::size_t n) {
        std::atomic<std::int64_t> sum{0};
        const auto add_square = [&sum](int x) { sum += std::int64_t{x} * x; };
        run.end([&] { return Chain()(run, n).for_each(add_square); });
        return sum.load();
      },
      [](std::size_t n) { return sum_of_squares(Items()(n)); });
  add(
      "fold",
      [](auto run, std::size_t n) {
        return Chain()(run, n).fold(no_items, append_item, append_sequence);
      },
      [](std::size_t n) { return sequence_of(Items()(n)); });
  add(
      "collect",
      [](auto run, std::size_t n) { return Chain()(run, n).template collect<std::vector>(); },
      Items());
  add(
      "find_first",
      [](auto run, std::size_t n) { return Chain()(run, n).find_first(is_rather_small); },
      [](std::size_t n) { return first_in(Items()(n), is_rather_small); });
  add(
      "max_by", [](auto run, std::size_t n) { return Chain()(run, n).max_by(by_last_digit); },
      [](std::size_t n) { return last_greatest_in(Items()(n), by_last_digit); });
  add(
      "is_sorted", [](auto run, std::size_t n) { return Chain()(run, n).is_sorted(); },
      [](std::size_t n) { return is_ascending(Items()(n)); });
  add(
      "partition", [](auto run, std::size_t n) { return Chain()(run, n).partition(is_even); },
      [](std::size_t n) { return parted(Items()(n), is_even); });
  add(
      "to_histogram",
      [](auto run, std::size_t n) { return Chain()(run, n).to_histogram(10, bin_of); },
      [](std::size_t n) { return counts_of(Items()(n), 10, bin_of); });
  add(
      "try_for_each",
      [](auto run, std::size_t n) { return Chain()(run, n).try_for_each(is_not_rather_small); },
      [](std::size_t n) { return !first_in(Items()(n), is_rather_small); });
}

// The same of a chain with an item for each index, and the consumers that ask for that.
template <class Chain, class Items>
void add_every_indexed_family(case_list& list, const std::string& chain, Chain c, Items items) {
  add_every_family(list, chain, c, items);
  list.add(
      chain + ", then position_last",
      [](auto run, std::size_t n) { return Chain()(run, n).position_last(is_rather_small); },
      [](std::size_t n) { return last_position_in(Items()(n), is_rather_small); });
  list.add(
      chain + ", then cmp",
      [](auto run, std::size_t n) { return Chain()(run, n).cmp(with_another_end(Items()(n))); },
      [](std::size_t n) {
        const auto items = Items()(n);
        return compared_in_order(items, with_another_end(items));
      });
}

}  // namespace micropool_test
