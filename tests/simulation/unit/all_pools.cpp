// SPDX-License-Identifier: MIT OR Apache-2.0
// The list of all pools: a visitor sees only pools that exist, every pool that exists all the time,
// and a pool that was added before the visitor was counted as a sleeper.
#include "bare_pool.hpp"

#include "sched/all_pools.hpp"

#include <atomic>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

// Visits all pools but that one; each must be alive, so its members can be read.
int count_others(const detail::pool_state& but) {
  int others = 0;
  detail::any_other_pool(but, [&](detail::pool_state& p) {
    simulation::check(&p != &but, "not this one");
    simulation::check(p.ready.empty(), "alive");
    ++others;
    return false;
  });
  return others;
}

void check_list_is_empty() {
  simulation::check(detail::first_pool() == nullptr, "no pool is left");
}

}  // namespace

TEST_CASE("all pools: pools that come and go at the same time leave a whole list") {
  simulate(preempted_with_locks(2), [] {
    {
      const bare_pool stays;
      simulation::threads([] { const bare_pool a; }, [] { const bare_pool b; });
      simulation::check(detail::first_pool() == &*stays, "the pool that stays");
      simulation::check(stays->links.next == nullptr, "alone");
      simulation::check(count_others(*stays) == 0, "alone");
    }
    check_list_is_empty();
  });
}

TEST_CASE("all pools: a visitor sees a pool that exists all the time, and none that is gone") {
  simulate(preempted_with_locks(2), [] {
    {
      const bare_pool mine;
      const bare_pool stays;
      simulation::threads([] { const bare_pool comes; },
                          [&] {
                            const int others = count_others(*mine);
                            simulation::check(others == 1 || others == 2, "the pool that stays");
                          });
    }
    check_list_is_empty();
  });
}

TEST_CASE("all pools: the middle of the list is taken out") {
  simulate_by_chance(2'000, 100, [] {
    {
      const bare_pool first;
      auto second = std::make_unique<bare_pool>();
      auto third = std::make_unique<bare_pool>();
      const bare_pool last;
      simulation::threads([&] { second.reset(); }, [&] { third.reset(); },
                          [&] {
                            const int others = count_others(*last);
                            simulation::check(others >= 1 && others <= 3, "at least the first");
                          });
      simulation::check(count_others(*last) == 1, "two are left");
    }
    check_list_is_empty();
  });
}

// A pool is added, something is ready on it, then its thread looks for sleepers; a sleeper is
// counted, then looks at the other pools.
TEST_CASE("all pools: a new pool's publisher sees the sleeper, or the sleeper the pool") {
  simulate(preempted_with_locks(3), [] {
    const bare_pool mine;
    const auto sleepers = std::make_unique<std::atomic<int>>(0);
    bool publisher_sees = false;
    bool sleeper_sees = false;
    std::unique_ptr<bare_pool> made;
    simulation::threads(
        [&] {
          made = std::make_unique<bare_pool>();
          publisher_sees = sleepers->load(std::memory_order_seq_cst) != 0;
        },
        [&] {
          sleepers->fetch_add(1, std::memory_order_seq_cst);
          sleeper_sees = count_others(*mine) == 1;
        });
    simulation::check(publisher_sees || sleeper_sees, "one sees the other");
  });
}
