// SPDX-License-Identifier: MIT OR Apache-2.0
// The steps of the program, and one of them done otherwise than the source says: with a weaker
// order, as two steps, or not at all. So a mutant needs no build of its own. Where it applies is
// given by addresses, which tests/mutants/generated.py finds out.
//
//   MICROPOOL_SIM_PLACES   a file, to which the places are written that the program has come by
//   MICROPOOL_SIM_MUTANT   `weaker SUCCESS FAILURE PLACE...`, with orders as their numbers, or
//                          `split PLACE...`, `left_out PLACE...`, `unlocked PLACE...`
//
// A place is `PC`, where a call into the runtime returns to, or `PC/CALLER/...`: of the first step of
// a function, it is also from where the function was entered, and its caller, if that has not taken
// a step either.
#pragma once

#include "memory.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace simulation {

enum class operation : std::uint8_t {
  load, store, change, compare_exchange, fence, heavy_fence, wake, lock,
};

enum class mutation : std::uint8_t {
  none,
  weaker,
  split,     // a read-modify-write as a load and a store
  left_out,  // a change becomes a relaxed load
  unlocked,  // a lock that is not taken, and not given back
};

// False: no place is looked up, neither to write it down nor to change what happens there.
extern constinit bool watches_places;

struct place {
  operation op;
  order success;
  order failure;
  std::int32_t execution;  // the first that has come by
  std::string name;
};

// Called by the host, between executions. Mutates from now on as `text` says, in the words of the
// environment, or not at all if it is empty. Throws std::invalid_argument.
void mutate(const std::string& text);
bool has_mutant() noexcept;
// Writes down places from now on, without those from before, or no longer.
void record_places(bool yes);
std::vector<place> recorded_places();

// Does what the environment says, before the first execution and after the last.
void prepare_mutant();
void write_places();

// What happens at the place where the program is, and has this operation.
mutation find_mutation(operation op, order success, order failure) noexcept;
inline bool is_left_out(operation op, order o = order::relaxed) noexcept {
  return watches_places && find_mutation(op, o, order::relaxed) == mutation::left_out;
}

// True: the mutex is not to be taken, or given back.
bool is_unlocked(const void* mutex) noexcept;
bool was_unlocked(const void* mutex) noexcept;

// The atomic operations of memory.hpp as the program or its mutant does them.
std::uint64_t watched_load(std::uintptr_t a, unsigned size, order o) noexcept;
void watched_store(std::uintptr_t a, unsigned size, std::uint64_t value, order o) noexcept;
std::uint64_t watched_change(std::uintptr_t a, unsigned size, change c, std::uint64_t operand,
                             order o) noexcept;
bool watched_compare_exchange(std::uintptr_t a, unsigned size, std::uint64_t& expected,
                              std::uint64_t desired, order success, order failure,
                              bool is_weak) noexcept;
void watched_fence(order o) noexcept;

inline std::uint64_t step_load(std::uintptr_t a, unsigned size, order o) noexcept {
  if (watches_places) [[unlikely]] return watched_load(a, size, o);
  return atomic_load(a, size, o);
}
inline void step_store(std::uintptr_t a, unsigned size, std::uint64_t value, order o) noexcept {
  if (watches_places) [[unlikely]] return watched_store(a, size, value, o);
  atomic_store(a, size, value, o);
}
inline std::uint64_t step_change(std::uintptr_t a, unsigned size, change c, std::uint64_t operand,
                                 order o) noexcept {
  if (watches_places) [[unlikely]] return watched_change(a, size, c, operand, o);
  return atomic_change(a, size, c, operand, o);
}
inline bool step_compare_exchange(std::uintptr_t a, unsigned size, std::uint64_t& expected,
                                  std::uint64_t desired, order success, order failure,
                                  bool is_weak) noexcept {
  if (watches_places) [[unlikely]] {
    return watched_compare_exchange(a, size, expected, desired, success, failure, is_weak);
  }
  return atomic_compare_exchange(a, size, expected, desired, success, failure, is_weak);
}
inline void step_fence(order o) noexcept {
  if (watches_places) [[unlikely]] return watched_fence(o);
  atomic_fence(o);
}

}  // namespace simulation
