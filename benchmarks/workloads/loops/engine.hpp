// SPDX-License-Identifier: MIT OR Apache-2.0
// Loops over 64-bit numbers: what an engine has to be able to do. The cases (cases.cpp) are
// compiled once, so a run is one virtual call, for the serial engine as well.
//
// "map-filter-collect" is: of mixed(x) for all x, in order, those that pass is_kept(). About half
// of them do, in no pattern.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "../../support/program.hpp"

namespace bench::loops {

using number = std::uint64_t;
using input = std::span<const number>;
using output = std::span<number>;

// Function objects, since what is given a pointer to a function has to call it.
inline constexpr auto mixed = [](number x) noexcept {
  x *= 0x9e3779b97f4a7c15u;
  return x ^ (x >> 32);
};
inline constexpr auto is_kept = [](number x) noexcept { return x % 2 == 0; };

class chains {
public:
  virtual ~chains() = default;

  virtual number sum(input xs) = 0;
  // to[i] = a[i] + b[i]
  virtual void add(input a, input b, output to) = 0;
  // map-filter-collect: into a new vector, and into one that keeps its memory from run to run.
  virtual std::vector<number> collect(input xs) = 0;
  virtual void collect_into(input xs, std::vector<number>& to) = 0;
  // The first element that is `wanted`; null if none is.
  virtual const number* find_first(input xs, number wanted) = 0;
};

class algorithms {
public:
  virtual ~algorithms() = default;

  virtual void sort(output xs) = 0;
  // to[i] = xs[0] + ... + xs[i]
  virtual void scan(input xs, output to) = 0;
};

using chains_maker = std::unique_ptr<chains> (*)(int threads);
using algorithms_maker = std::unique_ptr<algorithms> (*)(int threads);

// Registers the cases of an engine, for every size and for `threads` participants.
void add_chains(const options& o, const char* engine_name, int threads, chains_maker make);
void add_algorithms(const options& o, const char* engine_name, int threads, algorithms_maker make);

// Registers the cases of what `Engine` implements; it is built with a number of participants.
template <class Engine>
registration engine(int rank, const char* name) {
  return registration(rank, [name](const options& o) {
    for (const int threads : o.threads) {
      if (threads > 1 && !Engine::parallel) continue;
      if constexpr (std::is_base_of_v<chains, Engine>) {
        add_chains(o, name, threads,
                   [](int n) -> std::unique_ptr<chains> { return std::make_unique<Engine>(n); });
      }
      if constexpr (std::is_base_of_v<algorithms, Engine>) {
        add_algorithms(o, name, threads, [](int n) -> std::unique_ptr<algorithms> {
          return std::make_unique<Engine>(n);
        });
      }
    }
  });
}

}  // namespace bench::loops
