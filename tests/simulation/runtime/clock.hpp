// SPDX-License-Identifier: MIT OR Apache-2.0
// Vector clocks: what each thread knows of the steps of every other.
//
// Lamport, "Time, clocks, and the ordering of events", CACM 1978; Flanagan and Freund, "FastTrack",
// PLDI 2009. A thread begins a new epoch whenever it releases, so an epoch stands for everything
// that the thread did between two releases.
#pragma once

#include <cstdint>

namespace simulation {

// The simulated threads of one execution that live at the same time. The timed machine has more.
#if defined(SIMULATION_MAX_THREADS)
inline constexpr unsigned max_threads = SIMULATION_MAX_THREADS;
#else
inline constexpr unsigned max_threads = 24;
#endif

using epoch = std::int32_t;
inline constexpr epoch never = INT32_MAX;

struct alignas(32) vector_clock {
  epoch at[max_threads];

  void fill(epoch e) noexcept {
    for (epoch& x : at) x = e;
  }
  void join(const vector_clock& other) noexcept {
    for (unsigned i = 0; i < max_threads; ++i) at[i] = other.at[i] > at[i] ? other.at[i] : at[i];
  }
  // Returns true if all of `events`, each a thread's epoch, are known to this clock.
  bool covers(const vector_clock& events) const noexcept {
    int later = 0;
    for (unsigned i = 0; i < max_threads; ++i) later |= events.at[i] > at[i];
    return later == 0;
  }
  // Returns true if one of `events` is known to this clock. An event that did not happen is `never`.
  bool covers_any(const vector_clock& events) const noexcept {
    int known = 0;
    for (unsigned i = 0; i < max_threads; ++i) known |= events.at[i] <= at[i];
    return known != 0;
  }
};

}  // namespace simulation
