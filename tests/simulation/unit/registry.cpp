// SPDX-License-Identifier: MIT OR Apache-2.0
// The registry: a slot has one holder at a time, a visitor finds whole participants only, and what
// one holder wrote passes to the next.
#include "bare_pool.hpp"

#include <cstdint>

using namespace micropool_test;
using micropool::detail::participant_state;
using micropool::detail::registry;

namespace {

// Holds a slot for a while, and writes into it as its owner would.
void hold_slot(registry& r, micropool::detail::pool_state& pool) {
  participant_state& mine = r.acquire(pool, false);
  ++mine.looked_at;  // plain: two holders at a time are a data race
  r.release(mine);
}

// Reads what is written once, before a participant can be found.
bool is_whole(const participant_state& p, const micropool::detail::pool_state& pool) {
  return p.pool == &pool && !p.is_worker && p.id < 3;
}

}  // namespace

TEST_CASE("registry: each slot has one holder at a time, which sees what the last one wrote") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    registry& r = pool->participants;
    simulation::threads([&] { hold_slot(r, *pool), hold_slot(r, *pool); },
                        [&] { hold_slot(r, *pool); });
    // One slot or two, used three times.
    std::uint64_t used = 0;
    r.each([&](const participant_state& p) { used += p.looked_at; });
    simulation::check(used == 3, "no write of a holder is lost");
  });
}

TEST_CASE("registry: a visitor finds whole participants only") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    registry& r = pool->participants;
    const auto visit = [&] {
      simulation::check(!r.is_full(), "there is room");
      r.any(5, [&](const participant_state& p) {
        simulation::check(is_whole(p, *pool), "whole");
        simulation::check(&r.at(p.id) == &p, "found by its number");
        return false;
      });
      r.each([&](const participant_state& p) { simulation::check(is_whole(p, *pool), "whole"); });
    };
    simulation::threads([&] { hold_slot(r, *pool); }, visit);
  });
}

TEST_CASE("registry: a slot that is held is visited") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    registry& r = pool->participants;
    participant_state& mine = r.acquire(*pool, false);
    simulation::threads([&] { hold_slot(r, *pool); },
                        [&] {
                          bool found = false;
                          r.any(1, [&](const participant_state& p) {
                            found = found || &p == &mine;
                            return false;
                          });
                          simulation::check(found, "the slot that is held all the time");
                          simulation::check(!r.is_full(), "there is room");
                        });
    r.release(mine);
  });
}

TEST_CASE("registry: three threads take and release slots") {
  simulate_by_chance(2'000, 60, [] {
    const bare_pool pool;
    registry& r = pool->participants;
    const auto body = [&] { hold_slot(r, *pool); };
    simulation::threads(body, body, body);
    std::uint64_t used = 0;
    r.each([&](const participant_state& p) { used += p.looked_at; });
    simulation::check(used == 3, "no write of a holder is lost");
  });
}
