// SPDX-License-Identifier: MIT OR Apache-2.0
// The timed machine: the library on up to 256 simulated cores, each with a clock of its own, and a
// price for every access to memory.
//
// Each simulated thread has a core to itself. The thread whose clock is behind moves next, so that
// accesses happen in the order of the simulated time. Memory is sequentially consistent here, and
// errors of memory are not looked for: the other machine does that.
#pragma once

#include <cstdint>
#include <vector>

namespace simulation::timed {

// In nanoseconds, if nothing else is said. docs/scaling.md has their sources.
struct costs {
  double plain = 0.3;        // an access to plain memory that the core holds
  double atomic = 1;         // the same for an atomic object
  double locked = 5;         // what a locked operation adds
  double fresh = 3;          // a line that no core holds yet
  double shared = 25;        // a copy from the cache that cores of a socket share
  double same_cluster = 40;  // a line that another core holds alone
  double same_socket = 70;
  double other_socket = 150;
  double occupied = 5;  // how long one copy of a line keeps others waiting
  double pause = 35;    // of a spinning thread
  double clock = 20;    // a look at the clock
  double yield = 300;
  double sleep = 1'000;      // the call of a thread that falls asleep
  double wake = 5'000;       // the call that wakes one
  double wake_none = 300;    // the call that finds none
  double until_it_runs = 10'000;
  double start_thread = 15'000;
  double all_fence = 1'000;       // the fence of all threads (membarrier)
  double fence_per_core = 300;    // of those, for each core that runs
};

struct topology {
  unsigned cores = 1;
  unsigned per_cluster = 8;
  unsigned sockets = 1;
};

// The code that has waited for lines of other cores.
struct contended {
  const void* pc;
  std::uint64_t transfers;
  double waited;
};

struct report {
  std::uint64_t steps;       // accesses to atomic objects
  std::uint64_t transfers;   // of a line from one core to another
  std::uint64_t wakes;
  std::uint64_t sleeps;
  std::uint64_t all_fences;
  double asleep;             // of all threads
  std::vector<contended> worst;  // the ten that have waited longest
};

// Runs the program once; it starts on core 0, and each thread that it starts gets the next core.
// Threads beyond the last core share none: they count as cores of the last socket.
void run(const topology& on, const costs& prices, void (*program)(void*), void* argument);

// Called by the program: its time; work that touches no shared memory; what was counted since the
// last call of forget().
double now() noexcept;
void work(double nanoseconds) noexcept;
void forget() noexcept;
report counted();

}  // namespace simulation::timed
