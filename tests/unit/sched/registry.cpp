// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/registry.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"
#include "some_pool.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

using micropool::detail::participant_state;
using micropool::detail::registry;

namespace {

std::multiset<std::uint32_t> visited(const registry& r, std::uint64_t start) {
  std::multiset<std::uint32_t> ids;
  r.any(start, [&](participant_state& p) {
    ids.insert(p.id);
    return false;
  });
  return ids;
}

}  // namespace

TEST_CASE("slots are numbered from zero and found by their number") {
  const micropool_test::some_pool pool;
  registry r;
  for (std::uint32_t id = 0; id < 200; ++id) {
    participant_state& p = r.acquire(*pool, id < 3);
    REQUIRE(p.id == id);
    REQUIRE(p.is_worker == (id < 3));
    REQUIRE(&r.at(id) == &p);
  }
}

TEST_CASE("the lowest free slot is used again, with its deque") {
  const micropool_test::some_pool pool;
  registry r;
  std::array<participant_state*, 70> p{};
  for (auto& slot : p) slot = &r.acquire(*pool, false);
  r.release(*p[68]);
  r.release(*p[5]);
  r.release(*p[30]);
  REQUIRE(&r.acquire(*pool, false) == p[5]);
  REQUIRE(&r.acquire(*pool, false) == p[30]);
  REQUIRE(&r.acquire(*pool, false) == p[68]);
  REQUIRE(r.acquire(*pool, false).id == 70);
}

TEST_CASE("a visit from any start meets each taken slot once and no free one") {
  const micropool_test::some_pool pool;
  auto random = micropool_test::seeded_engine("registry visits");
  for (const std::size_t count : {0u, 1u, 2u, 63u, 64u, 65u, 128u, 150u}) {
    registry r;
    std::vector<participant_state*> all;
    for (std::size_t k = 0; k < count; ++k) all.push_back(&r.acquire(*pool, false));
    std::multiset<std::uint32_t> taken;
    for (participant_state* p : all) {
      if (random() % 3 == 0) {
        r.release(*p);
      } else {
        taken.insert(p->id);
      }
    }
    std::vector<std::uint64_t> starts;
    for (std::uint64_t s = 0; s < 260; ++s) starts.push_back(s);
    for (int k = 0; k < 50; ++k) starts.push_back(random());
    for (const std::uint64_t start : starts) REQUIRE(visited(r, start) == taken);
  }
}

TEST_CASE("different starts begin at different slots") {
  const micropool_test::some_pool pool;
  registry r;
  for (int k = 0; k < 130; ++k) r.acquire(*pool, false);
  std::map<std::uint32_t, int> first;
  for (std::uint64_t start = 0; start < 3 * 64; ++start) {
    r.any(start, [&](participant_state& p) {
      ++first[p.id];
      return true;
    });
  }
  // Two full chunks of 64, and one with two slots that share its 64 starts.
  REQUIRE(first.size() == 130);
  for (std::uint32_t id = 0; id < 128; ++id) REQUIRE(first[id] == 1);
}

TEST_CASE("a visit ends where the visitor says so") {
  const micropool_test::some_pool pool;
  registry r;
  for (int k = 0; k < 100; ++k) r.acquire(*pool, false);
  int seen = 0;
  REQUIRE(r.any(17, [&](participant_state&) { return ++seen == 42; }));
  REQUIRE(seen == 42);
  REQUIRE_FALSE(r.any(17, [&](participant_state&) { return false; }));
}

TEST_CASE("each() meets every slot ever made, taken or not") {
  const micropool_test::some_pool pool;
  registry r;
  std::vector<participant_state*> all;
  for (int k = 0; k < 70; ++k) all.push_back(&r.acquire(*pool, false));
  for (int k = 0; k < 70; k += 2) r.release(*all[static_cast<std::size_t>(k)]);
  std::set<std::uint32_t> ids;
  r.each([&](participant_state& p) { ids.insert(p.id); });
  REQUIRE(ids.size() == 70);
}

TEST_CASE("no two threads hold a slot at once, and visitors meet whole participants") {
  const micropool_test::some_pool pool;
  registry r;
  constexpr std::size_t most = 256;
  std::array<std::atomic<int>, most> holders{};
  std::atomic<std::size_t> shared_slots{0};
  std::atomic<std::size_t> strange{0};
  std::atomic<bool> end{false};
  std::thread visitor([&] {
    for (std::uint64_t start = 0; !end.load(); ++start) {
      r.any(start, [&](participant_state& p) {
        strange += p.id >= most || p.pool != &*pool || &r.at(p.id) != &p;
        return false;
      });
    }
  });
  std::vector<std::thread> threads;
  auto seeds = micropool_test::seeded_engine("registry threads");
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, seed = seeds()] {
      std::mt19937_64 random(seed);
      std::vector<participant_state*> mine;
      for (std::size_t step = 0; step < micropool_test::scaled(5'000); ++step) {
        if (mine.size() < 80 && random() % 2 == 0) {
          participant_state& p = r.acquire(*pool, false);
          shared_slots += holders[p.id].fetch_add(1) != 0;
          mine.push_back(&p);
        } else if (!mine.empty()) {
          std::swap(mine.back(), mine[random() % mine.size()]);
          holders[mine.back()->id].fetch_sub(1);
          r.release(*mine.back());
          mine.pop_back();
        }
      }
    });
  }
  for (std::thread& t : threads) t.join();
  end = true;
  visitor.join();
  REQUIRE(shared_slots == 0);
  REQUIRE(strange == 0);
}
