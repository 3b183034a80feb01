// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs a program on the simulated machine again and again, each time with other decisions.
//
//   const auto result = simulation::explore({.executions = 10'000}, [] {
//     simulation::threads([&] { ... }, [&] { ... });
//     simulation::check(x == 1, "x is 1 in the end");
//   });
//   INFO(result.account);
//   CHECK(result.passed());
//
// The program and all that it calls is compiled with -fsanitize=thread. What it shares between
// threads must be created by the program itself: memory of the code around it is not watched.
#pragma once

#include "runtime/search.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace simulation {

enum class strategy : std::uint8_t { random, priorities, exhaustive };

struct options {
  strategy by = strategy::random;
  std::uint64_t executions = 10'000;  // at most
  std::uint64_t first_seed = 1;
  // By priorities: the changes, and about how many steps an execution has.
  unsigned changes = 3;
  std::uint64_t steps = 1000;
  // Exhaustive: how often a thread that could go on is interrupted.
  unsigned preemptions = unlimited;
  // How often a thread reads a value although there is a newer one. A loop that spins on a lock
  // multiplies the executions by the places at which it may.
  unsigned stale_reads = 2;
  std::uint64_t step_limit = 200'000;
  std::uint64_t nanoseconds_per_step = 10;  // of virtual time
  bool check_leaks = true;
  // Threads that still wait when the first has ended are no failure: the global pool's stay for as
  // long as the process.
  bool leaves_threads = false;
  // Whether the library uses the memory of frames again, as it does; else a use after the end of a
  // frame is found as one of freed memory.
  bool recycle_frames = false;
  bool has_membarrier = true;  // or else the system call fails, as on an old kernel
};

struct result {
  std::uint64_t executions = 0;
  std::uint64_t pruned = 0;  // of them, those that equal an earlier one from some step on
  std::uint64_t steps = 0;
  bool is_complete = false;  // of an exhaustive search: nothing is left to try
  std::string failure;       // empty: none
  std::uint64_t seed = 0;    // of the execution that failed
  std::string account;       // what happened in it, for a reader

  // What the program has noted, and how often.
  std::map<std::vector<int>, std::uint64_t> outcomes;

  bool passed() const { return failure.empty() && executions > 0; }
};

result explore(const options& how, const std::function<void()>& program);

// Of the running execution, called by the program.
void check(bool condition, const char* what);
// How many blocks the execution has allocated so far.
std::uint64_t allocations();
// Adds to the outcome of the execution. At most 16 numbers.
void note(int value);

// Runs the functions on simulated threads of their own, and waits for their ends.
template <class... F>
void threads(F&&... functions) {
  std::thread all[] = {std::thread(std::forward<F>(functions))...};
  for (std::thread& t : all) t.join();
}

}  // namespace simulation
