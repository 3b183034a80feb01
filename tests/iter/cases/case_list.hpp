// SPDX-License-Identifier: MIT OR Apache-2.0
// The list of cases: chains, each with what a serial program gives for the same input.
//
// A chain is a callable (run, n) without captures, where n is the size of the input:
//
//   list.add("the sum of doubled numbers",
//            [](auto run, std::size_t n) { return run(par_iter(ints(n)).map(twice)).sum(); },
//            [](std::size_t n) { int sum = 0; for (int i : ints(n)) sum += 2 * i; return sum; });
//
// run(iterator) makes the settings of the run, anywhere in the chain. Where the loop uses something
// that ends with the call, or its result has to be looked at, run.end([&] { return chain; }) waits
// for the end and returns the result.
//
// A chain is compiled twice, so the callables in it are those of callables.hpp: lambdas would be
// other types each time, and everything below the chain would be compiled twice as well.
#pragma once

#include "outcome.hpp"

#include <micropool/iter.hpp>
#include <micropool/sync_wait.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool_test {

// The settings of a run whose consumers block.
struct blocking {
  micropool::split pieces;

  template <class Iterator>
  auto operator()(Iterator&& it) const {
    return std::move(it).with(pieces);
  }
  template <class F>
  auto end(F chain) const {
    return chain();
  }
};

// The settings of a run whose consumers return tasks.
struct awaited {
  micropool::split pieces;

  template <class Iterator>
  auto operator()(Iterator&& it) const {
    return std::move(it).with(pieces).async();
  }
  template <class F>
  auto end(F chain) const {
    return micropool::sync_wait(chain());
  }
};

struct iter_case {
  std::string name;
  std::function<outcome(const micropool::split&, std::size_t n)> blocking;
  std::function<outcome(const micropool::split&, std::size_t n)> awaited;
  std::function<outcome(std::size_t n)> serial;
  std::size_t largest = 10'007;  // size of the input
};

class case_list {
public:
  void add(iter_case c) { cases_.push_back(std::move(c)); }
  // Sizes up to `largest`, since some chains cost more than others.
  template <class Chain, class Serial>
  void add(std::string name, Chain, Serial, std::size_t largest = 10'007) {
    cases_.push_back({std::move(name), &run<Chain, blocking>, &run<Chain, awaited>,
                      [](std::size_t n) { return outcome_of(Serial()(n)); }, largest});
  }
  const std::vector<iter_case>& cases() const noexcept { return cases_; }

private:
  template <class T>
  static outcome end(T&& result) {
    return outcome_of(result);
  }
  template <class T>
  static outcome end(micropool::task<T>&& t) {
    return outcome_of(micropool::sync_wait(std::move(t)));
  }
  template <class Chain, class Settings>
  static outcome run(const micropool::split& pieces, std::size_t n) {
    return end(Chain()(Settings{pieces}, n));
  }

  std::vector<iter_case> cases_;
};

}  // namespace micropool_test
