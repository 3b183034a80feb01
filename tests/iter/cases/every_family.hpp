// SPDX-License-Identifier: MIT OR Apache-2.0
// Cases of a chain with one consumer of each family behind it, so that every adaptor meets every
// family. Two consumers are compiled with the chain, one that calls a function and one that
// collects; for the others the chain lies behind virtual functions, and they are compiled once for
// all chains.
#pragma once

#include "callables.hpp"
#include "case_list.hpp"
#include "erased.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace micropool_test {

// A consumer behind an erased chain, which should yield `items`.
template <class Any>
struct consumer_of {
  const char* name;
  outcome (*blocking)(Any&&, const micropool::split&, const numbers& items);
  outcome (*awaited)(Any&&, const micropool::split&, const numbers& items);
  outcome (*serial)(const numbers& items);
};
// One of each family that takes any chain, and of those that ask for an item for each index.
const std::vector<consumer_of<any_pushing>>& consumers_of_items_in_a_row();
const std::vector<consumer_of<any_indexed>>& consumers_of_indexed_items();

namespace detail {

// The chain as it is, for the erased consumer to make the settings.
struct without_settings {
  template <class Iterator>
  auto operator()(Iterator&& it) const {
    return std::forward<Iterator>(it);
  }
};

template <class Any, class Chain, class Items>
void add_consumers(case_list& list, const std::string& chain,
                   const std::vector<consumer_of<Any>>& consumers) {
  const auto erased = [](std::size_t n) { return Any(Chain()(without_settings(), n)); };
  for (const consumer_of<Any>& c : consumers) {
    list.add({chain + ", then " + c.name,
              [=](const micropool::split& s, std::size_t n) {
                return c.blocking(erased(n), s, Items()(n));
              },
              [=](const micropool::split& s, std::size_t n) {
                return c.awaited(erased(n), s, Items()(n));
              },
              [=](std::size_t n) { return c.serial(Items()(n)); }});
  }
}

// `Chain` yields ints: (run, n) -> iterator. `Items` are the same in a vector: n ->
// std::vector<int>.
template <class Chain, class Items>
void add_compiled_consumers(case_list& list, const std::string& chain) {
  list.add(
      chain + ", then for_each",
      [](auto run, std::size_t n) {
        std::atomic<std::int64_t> sum{0};
        const auto add_square = [&sum](int x) { sum += std::int64_t{x} * x; };
        run.end([&] { return Chain()(run, n).for_each(add_square); });
        return sum.load();
      },
      [](std::size_t n) { return sum_of_squares(Items()(n)); });
  list.add(
      chain + ", then collect",
      [](auto run, std::size_t n) { return Chain()(run, n).template collect<std::vector>(); },
      Items());
}

}  // namespace detail

template <class Chain, class Items>
void add_every_family(case_list& list, const std::string& chain, Chain, Items) {
  detail::add_compiled_consumers<Chain, Items>(list, chain);
  detail::add_consumers<any_pushing, Chain, Items>(list, chain, consumers_of_items_in_a_row());
}

template <class Chain, class Items>
void add_every_indexed_family(case_list& list, const std::string& chain, Chain, Items) {
  detail::add_compiled_consumers<Chain, Items>(list, chain);
  detail::add_consumers<any_indexed, Chain, Items>(list, chain, consumers_of_indexed_items());
}

}  // namespace micropool_test
