// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads that meet in the background queue: producers, consumers, removers, and the one that
// closes.
#include "sched/background_queue.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "numbered_task.hpp"
#include "scale.hpp"

#include <micropool/detail/base/cpu.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <thread>
#include <vector>

using micropool::detail::background_queue;
using micropool_test::as_numbered;
using micropool_test::numbered_task;
using micropool_test::numbered_tasks;

namespace {

// Stays on its processor for a while, so that threads really meet.
template <class Condition>
void spin_while(Condition&& holds) {
  for (int looks = 0; holds(); ++looks) {
    if (looks < 2000) {
      micropool::detail::cpu_pause();
    } else {
      std::this_thread::yield();
    }
  }
}

}  // namespace

TEST_CASE("tasks that threads push, pop and take out at once are each taken once, in order") {
  const micropool_test::some_pool pool;
  const std::size_t per_lane = micropool_test::scaled(20'000);
  background_queue q;
  std::array<std::deque<numbered_task>, 2> tasks{numbered_tasks(pool, 0, per_lane),
                                                 numbered_tasks(pool, 1, per_lane)};
  std::array<std::atomic<std::size_t>, 2> pushed{};
  std::array<std::atomic<std::size_t>, 2> reached{};  // by the consumers, about
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> unseen{0};
  std::atomic<std::size_t> disordered{0};
  const auto take = [&](numbered_task& t) {
    unseen += t.written != 1;
    t.taken.fetch_add(1);
    taken.fetch_add(1);
  };
  const auto push = [&](numbered_task& t) {
    t.written = 1;
    q.push(t, t.lane, false);
    pushed.at(t.lane).store(t.number + 1);
  };
  // So many that consumers move batches to the front.
  for (auto& lane : tasks) std::for_each_n(lane.begin(), per_lane / 2, push);
  micropool_test::countdown start(6);
  std::vector<std::thread> threads;
  for (std::size_t lane = 0; lane < 2; ++lane) {
    threads.emplace_back([&, lane] {
      start.arrive_and_wait();
      for (std::size_t n = per_lane / 2; n < per_lane; ++n) push(tasks.at(lane)[n]);
    });
    threads.emplace_back([&, lane] {
      std::array<std::size_t, 2> next{};
      start.arrive_and_wait();
      for (std::uint64_t turn = lane; taken.load() < 2 * per_lane; ++turn) {
        numbered_task* const t = as_numbered(q.pop(turn));
        if (t == nullptr) {
          std::this_thread::yield();
          continue;
        }
        disordered += t->number < next.at(t->lane);
        next.at(t->lane) = t->number + 1;
        reached.at(t->lane).store(t->number);
        take(*t);
      }
    });
    threads.emplace_back([&, lane, seed = lane + 1] {
      std::mt19937_64 random(seed);
      start.arrive_and_wait();
      while (taken.load() < 2 * per_lane) {
        const std::size_t there = pushed.at(lane).load();
        // Where removers meet consumers, or producers.
        const std::size_t from =
            random() % 2 == 0 ? reached.at(lane).load() : there - std::min<std::size_t>(there, 50);
        const std::size_t n = from + random() % 50;
        if (n >= there) continue;
        numbered_task& t = tasks.at(lane)[n];
        if (q.remove(t)) take(t);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  std::size_t wrong = 0;
  for (const auto& lane : tasks) {
    for (const numbered_task& t : lane) wrong += t.taken.load() != 1;
  }
  REQUIRE(wrong == 0);
  REQUIRE(unseen == 0);
  REQUIRE(disordered == 0);
  REQUIRE(q.empty());
  REQUIRE(q.pushed() == 2 * per_lane);
}

TEST_CASE("of two threads that want the same task one gets it") {
  const micropool_test::some_pool pool;
  const std::size_t rounds = micropool_test::scaled(20'000);
  background_queue q;
  auto tasks = numbered_tasks(pool, 0, rounds);
  std::atomic<std::size_t> pushed{0};
  std::atomic<std::size_t> tried{0};
  std::atomic<int> taken{0};
  std::size_t wrong = 0;
  std::thread remover([&] {
    for (std::size_t k = 0; k < rounds; ++k) {
      spin_while([&] { return pushed.load() == k; });
      if (q.remove(tasks[k])) ++taken;
      ++tried;
    }
  });
  for (std::size_t k = 0; k < rounds; ++k) {
    q.push(tasks[k], 0, false);
    ++pushed;
    // Different distances, so that the two meet at every place of their ways.
    for (std::size_t pause = k % 200; pause-- > 0;) micropool::detail::cpu_pause();
    // Each of the pairs that can meet: two removals, and a removal with a pop.
    if (k / 200 % 2 == 0 ? q.remove(tasks[k]) : q.pop(0) != nullptr) ++taken;
    spin_while([&] { return tried.load() == k; });
    wrong += taken.exchange(0) != 1 || !q.empty() ? 1 : 0;
  }
  remover.join();
  REQUIRE(wrong == 0);
}

TEST_CASE(
    "while a consumer moves tasks to the front, others take the oldest, or one of those moved") {
  const micropool_test::some_pool pool;
  const std::size_t rounds = micropool_test::scaled(5'000);
  background_queue q;
  auto tasks = numbered_tasks(pool, 0, 64);
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> ended{0};
  numbered_task* theirs = nullptr;
  std::thread other([&] {
    for (std::size_t k = 0; k < rounds; ++k) {
      spin_while([&] { return begun.load() == k; });
      numbered_task& wanted = tasks[1 + k / 2 % 8];
      if (k % 2 == 0) {
        theirs = as_numbered(q.pop(0));
      } else {
        theirs = q.remove(wanted) ? &wanted : nullptr;
      }
      ++ended;
    }
  });
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < rounds; ++k) {
    for (auto& t : tasks) q.push(t, 0, false);
    ++begun;
    // Different distances, so that the two meet at every place of their ways.
    for (std::size_t pause = k / 2 % 20; pause-- > 0;) micropool::detail::cpu_pause();
    numbered_task* const mine = as_numbered(q.pop(0));
    spin_while([&] { return ended.load() == k; });
    if (mine == nullptr || theirs == nullptr) {
      ++wrong;
    } else if (k % 2 == 0) {
      wrong += mine->number + theirs->number != 1 ? 1 : 0;
    } else {
      wrong += mine->number != 0 ? 1 : 0;
    }
    std::size_t left = 0;
    std::size_t last = 0;
    for (; left < tasks.size() && !q.empty(); ++left) {
      numbered_task* const t = as_numbered(q.pop(0));
      wrong += t == nullptr || t->number <= last ? 1 : 0;
      if (t != nullptr) last = t->number;
    }
    wrong += left != tasks.size() - 2 || !q.empty() ? 1 : 0;
    if (wrong != 0) break;
  }
  begun = rounds;
  other.join();
  REQUIRE(wrong == 0);
}

TEST_CASE("when a queue has been closed no push from outside is still under way") {
  const micropool_test::some_pool pool;
  for (int round = 0; round < 100; ++round) {
    background_queue q;
    auto tasks = numbered_tasks(pool, 1, 200);
    std::size_t accepted = 0;
    micropool_test::countdown start(2);
    std::thread producer([&] {
      start.arrive_and_wait();
      for (auto& t : tasks) accepted += q.push(t, t.lane, false) ? 1 : 0;
    });
    start.arrive_and_wait();
    q.close();
    const std::uint64_t at_close = q.pushed();
    producer.join();
    REQUIRE(q.pushed() == at_close);
    REQUIRE(accepted == at_close);
  }
}
