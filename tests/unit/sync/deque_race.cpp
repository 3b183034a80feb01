// SPDX-License-Identifier: MIT OR Apache-2.0
// The deque between its owner and thieves: every element is taken exactly once, and a thief gets
// what it saw.
#include <micropool/detail/sync/deque.hpp>

#include "catch.hpp"
#include "gate.hpp"
#include "push_onto.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace {

struct element {
  std::int64_t pushed_at = -1;  // plain: published by the deque
  std::atomic<int> taken{0};
};

using deque = micropool::detail::deque<element>;
using micropool_test::push_onto;

struct race {
  explicit race(std::size_t elements, deque::index capacity)
      : d(capacity), count(elements), all(std::make_unique<element[]>(elements)) {}

  // Until the owner has ended and nothing is left.
  void thief(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (unsigned looks = 1;; ++looks) {
      // There may be fewer cores than thieves.
      if (looks % 256 == 0) std::this_thread::yield();
      const bool last_round = owner_ended.load(std::memory_order_acquire);
      const auto seen = d.peek_oldest();
      if (seen.element == nullptr) {
        if (last_round) return;
        continue;
      }
      // Time for the owner to take it first and to push something else.
      for (std::uint64_t n = random() % 64; n > 0; --n) asm volatile("");
      if (!d.try_take(seen)) continue;
      if (seen.element->pushed_at != seen.at) strangers.fetch_add(1);
      seen.element->taken.fetch_add(1, std::memory_order_relaxed);
      stolen.fetch_add(1, std::memory_order_relaxed);
    }
  }

  template <class Owner>
  void run(std::size_t thieves, std::uint64_t seed, Owner&& owner) {
    std::vector<std::thread> threads;
    micropool_test::countdown start(thieves + 1);
    for (std::size_t k = 0; k < thieves; ++k) {
      threads.emplace_back([this, &start, s = seed + k] {
        start.arrive_and_wait();
        thief(s);
      });
    }
    start.arrive_and_wait();
    owner();
    owner_ended.store(true, std::memory_order_release);
    for (std::thread& t : threads) t.join();
  }

  void push(std::size_t i) {
    all[i].pushed_at = d.bottom();
    push_onto(d, &all[i]);
  }
  void pop() {
    if (element* e = d.pop()) e->taken.fetch_add(1, std::memory_order_relaxed);
  }

  std::size_t not_taken_once() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i) n += all[i].taken.load() != 1;
    return n;
  }

  deque d;
  std::size_t count;
  std::unique_ptr<element[]> all;
  std::atomic<bool> owner_ended{false};
  std::atomic<std::size_t> strangers{0};
  std::atomic<std::size_t> stolen{0};
};

}  // namespace

TEST_CASE("an owner that pushes and pops and one to three thieves take every element once") {
  auto random = micropool_test::seeded_engine("deque race");
  std::size_t stolen = 0;
  for (std::size_t thieves = 1; thieves <= 3; ++thieves) {
    for (const deque::index capacity : {1, 2, 256}) {
      race r(micropool_test::scaled(30'000), capacity);
      r.run(thieves, random(), [&] {
        // Bursts of pushes and pops, so that the deque is often nearly empty and sometimes grows.
        for (std::size_t next = 0; next < r.count;) {
          for (std::uint64_t n = random() % 20; n > 0 && next < r.count; --n) r.push(next++);
          for (std::uint64_t n = random() % 20; n > 0; --n) r.pop();
          if (random() % 16 == 0) r.d.republish();
          if (random() % 256 == 0) std::this_thread::yield();
        }
        while (r.d.peek_oldest().element != nullptr) r.pop();
      });
      REQUIRE(r.not_taken_once() == 0);
      REQUIRE(r.strangers == 0);
      stolen += r.stolen;
    }
  }
  REQUIRE(stolen > 0);
}

TEST_CASE("the last element goes either to the owner or to one thief") {
  auto random = micropool_test::seeded_engine("last element");
  for (std::size_t thieves = 1; thieves <= 3; ++thieves) {
    race r(micropool_test::scaled(30'000), 2);
    r.run(thieves, random(), [&] {
      for (std::size_t next = 0; next < r.count; ++next) {
        r.push(next);
        for (std::uint64_t n = random() % 128; n > 0; --n) asm volatile("");
        r.pop();
      }
    });
    REQUIRE(r.not_taken_once() == 0);
    REQUIRE(r.strangers == 0);
  }
}

TEST_CASE("thieves find everything while the deque grows under them") {
  auto random = micropool_test::seeded_engine("growth");
  for (int round = 0; round < 20; ++round) {
    race r(micropool_test::scaled(5'000), 1);
    r.run(2, random(), [&] {
      for (std::size_t next = 0; next < r.count; ++next) r.push(next);
    });
    REQUIRE(r.not_taken_once() == 0);
    REQUIRE(r.strangers == 0);
    REQUIRE(r.stolen == r.count);
  }
}
