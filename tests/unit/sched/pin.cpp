// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/pin.hpp"

#include "catch.hpp"

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <thread>
#include <vector>

using micropool::detail::cores_for_workers;
using micropool::detail::pin_this_thread;

namespace {

std::set<int> usable_here() {
  cpu_set_t set;
  REQUIRE(::sched_getaffinity(0, sizeof set, &set) == 0);
  std::set<int> cores;
  for (int c = 0; c < CPU_SETSIZE; ++c) {
    if (CPU_ISSET(static_cast<std::size_t>(c), &set)) cores.insert(c);
  }
  return cores;
}

}  // namespace

TEST_CASE("each worker gets a usable core, and different ones while there are enough") {
  const std::set<int> usable = usable_here();
  for (std::size_t count = 0; count <= 2 * usable.size() + 1; ++count) {
    const std::vector<int> cores = cores_for_workers(count);
    REQUIRE(cores.size() == count);
    for (const int c : cores) REQUIRE(usable.count(c) == 1);
    const std::set<int> distinct(cores.begin(), cores.end());
    REQUIRE(distinct.size() == std::min(count, usable.size()));
  }
}

TEST_CASE("workers share cores evenly where there are too few") {
  const std::size_t usable = usable_here().size();
  const std::vector<int> cores = cores_for_workers(3 * usable);
  for (const int c : usable_here()) REQUIRE(std::count(cores.begin(), cores.end(), c) == 3);
}

TEST_CASE("the caller's core is left to the caller where there are enough") {
  const std::set<int> usable = usable_here();
  std::size_t took_the_callers = 0;
  std::size_t not_pinned = 0;
  for (const int mine : usable) {
    std::thread([&] {
      // Held to one core the caller knows which it is, but then the others are not usable; so it is
      // moved there and let go again.
      if (!pin_this_thread(mine)) ++not_pinned;
      cpu_set_t all;
      CPU_ZERO(&all);
      for (const int c : usable) CPU_SET(static_cast<std::size_t>(c), &all);
      ::sched_setaffinity(0, sizeof all, &all);
      const int before = ::sched_getcpu();
      const std::vector<int> cores = cores_for_workers(usable.size() - 1);
      // The kernel may have moved us in between.
      if (::sched_getcpu() != before) return;
      took_the_callers += static_cast<std::size_t>(std::count(cores.begin(), cores.end(), before));
    }).join();
  }
  REQUIRE(not_pinned == 0);
  REQUIRE(took_the_callers == 0);
}

TEST_CASE("a thread held to one core offers no other to workers") {
  std::set<int> offered;
  int core = -1;
  std::thread([&] {
    core = ::sched_getcpu();
    pin_this_thread(core);
    const std::vector<int> cores = cores_for_workers(4);
    offered.insert(cores.begin(), cores.end());
  }).join();
  REQUIRE(offered == std::set<int>{core});
}

TEST_CASE("a thread that was bound runs on its core; an impossible core is refused") {
  for (const int core : usable_here()) {
    bool bound = false;
    int ran_on = -1;
    std::thread([&] {
      bound = pin_this_thread(core);
      std::this_thread::yield();
      ran_on = ::sched_getcpu();
    }).join();
    REQUIRE(bound);
    REQUIRE(ran_on == core);
  }
  const int highest = *usable_here().rbegin();
  if (highest < CPU_SETSIZE - 1) {
    bool bound = true;
    std::thread([&] { bound = pin_this_thread(CPU_SETSIZE - 1); }).join();
    REQUIRE_FALSE(bound);
  }
}
