// SPDX-License-Identifier: MIT OR Apache-2.0
// Whom a worker wakes that was woken itself and has found work (S5b). The sleepers are puppets.
#include "sched/sleep.hpp"

#include "catch.hpp"
#include "stage.hpp"

#include <algorithm>
#include <deque>
#include <vector>

using namespace micropool::detail;
using micropool_test::plain_job;
using micropool_test::stage;

namespace {

using rest = participant_state::rest;

// The thief is the worker that was woken; the second one runs, and has jobs in its deque.
struct sleepers : stage {
  explicit sleepers(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      participant_state& w = pool->participants.acquire(*pool, true);
      w.resting.store(rest::as_worker);
      pool->participants.show_asleep(w);
      pool->idle.fetch_add(pool_state::one_sleeping);
      asleep.push_back(&w);
    }
    pool->workers = asleep;
    pool->workers.push_back(&thief);
    pool->workers.push_back(&second);
  }
  ~sleepers() { pool->workers.clear(); }

  void push(std::size_t n) {
    for (; n > 0; --n) second.jobs.push(&jobs.emplace_back());
  }
  // The thief has found something.
  void stop(bool was_woken, std::uint64_t others_search = 0) {
    pool->idle.fetch_add((1 + others_search) * pool_state::one_searching);
    thief.was_woken = was_woken;
    stop_searching(thief);
  }
  std::ptrdiff_t woken() const {
    return std::ranges::count_if(asleep, [](const participant_state* w) {
      return w->resting.load() == rest::awake;
    });
  }

  std::vector<participant_state*> asleep;
  std::deque<plain_job> jobs;
};

}  // namespace

TEST_CASE("a worker that was woken wakes two while there is more work (S5b)") {
  sleepers s(8);
  s.push(3);
  s.stop(true);
  REQUIRE(s.woken() == 2);
  REQUIRE(pool_state::searching(s.pool->idle.load()) == 2);
  REQUIRE(pool_state::sleeping(s.pool->idle.load()) == 6);
  // Both have found work, and one of them says so first.
  s.pool->idle.fetch_sub(2 * pool_state::one_searching);
  s.stop(true);
  REQUIRE(s.woken() == 4);
}

TEST_CASE("a worker that was not woken wakes one, if it was the last that searched (S5)") {
  sleepers s(8);
  s.push(3);
  s.stop(false, 1);
  REQUIRE(s.woken() == 0);
  s.pool->idle.fetch_sub(pool_state::one_searching);
  s.stop(false);
  REQUIRE(s.woken() == 1);
}

TEST_CASE("a worker that was woken wakes none if there is no more work") {
  sleepers s(8);
  s.stop(true);
  REQUIRE(s.woken() == 0);
  REQUIRE(pool_state::sleeping(s.pool->idle.load()) == 8);
}

TEST_CASE("a worker that was woken wakes none while half of those awake search (S5b)") {
  sleepers s(8);
  s.push(3);
  s.stop(true, 1);
  REQUIRE(s.woken() == 0);
}

TEST_CASE("a worker is woken once, and then found asleep no more") {
  sleepers s(3);
  s.push(1);
  for (std::ptrdiff_t n = 1; n <= 3; ++n) {
    notify_pushed(s.second);
    REQUIRE(s.woken() == n);
    s.pool->idle.fetch_sub(pool_state::one_searching);
  }
  REQUIRE_FALSE(s.pool->participants.any_asleep(0, [](participant_state&) { return true; }));
}
