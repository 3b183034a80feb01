// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/background_queue.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"
#include "some_task.hpp"

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
using micropool::detail::background_task;

namespace {

// A task that knows its producer and its place in what the producer has pushed.
struct numbered : micropool_test::some_task {
  numbered(const micropool_test::some_pool& pool, std::uint64_t l, std::size_t n)
      : some_task(pool), lane(l), number(n) {}
  const std::uint64_t lane;
  const std::size_t number;
  std::atomic<int> taken{0};
  int written = 0;  // plain: published by the queue
};

numbered* as_numbered(background_task* t) { return static_cast<numbered*>(t); }

// Tasks of one lane, in the order of their numbers.
std::deque<numbered> make(const micropool_test::some_pool& pool, std::uint64_t lane,
                          std::size_t count) {
  std::deque<numbered> all;
  for (std::size_t n = 0; n < count; ++n) all.emplace_back(pool, lane, n);
  return all;
}

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

void push_all(background_queue& q, std::deque<numbered>& tasks) {
  for (auto& t : tasks) REQUIRE(q.push(t, t.lane, false));
}

}  // namespace

TEST_CASE("a background queue without tasks has none to give") {
  background_queue q;
  REQUIRE(q.empty());
  for (std::uint64_t turn = 0; turn < 20; ++turn) REQUIRE(q.pop(turn) == nullptr);
  REQUIRE(q.pushed() == 0);
}

TEST_CASE("the tasks of one producer come out in the order in which they went in") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto tasks = make(pool, 3, 50);
  push_all(q, tasks);
  for (std::size_t n = 0; n < 50; ++n) {
    REQUIRE_FALSE(q.empty());
    REQUIRE(q.pop(n) == &tasks[n]);
  }
  REQUIRE(q.empty());
  REQUIRE(q.pushed() == 50);
}

TEST_CASE("calls in different turns begin with different producers") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto a = make(pool, 0, 2);
  auto b = make(pool, 1, 2);
  auto c = make(pool, 2, 2);
  for (auto* tasks : {&a, &b, &c}) push_all(q, *tasks);
  REQUIRE(q.pop(1) == &b[0]);
  REQUIRE(q.pop(2) == &c[0]);
  REQUIRE(q.pop(0) == &a[0]);
  REQUIRE(q.pop(2) == &c[1]);
  // From there it goes on to the others.
  REQUIRE(q.pop(2) == &a[1]);
  REQUIRE(q.pop(2) == &b[1]);
  REQUIRE(q.empty());
}

TEST_CASE("a task can be taken out wherever it stands, once, and the others keep their order") {
  const micropool_test::some_pool pool;
  for (const std::size_t gone : {0u, 1u, 2u, 3u}) {
    background_queue q;
    auto tasks = make(pool, 5, 4);
    push_all(q, tasks);
    REQUIRE(q.remove(tasks[gone]));
    REQUIRE_FALSE(q.remove(tasks[gone]));
    auto late = make(pool, 5, 1);
    push_all(q, late);
    for (std::size_t n = 0; n < 4; ++n) {
      if (n != gone) REQUIRE(q.pop(0) == &tasks[n]);
    }
    REQUIRE(q.pop(0) == &late[0]);
    REQUIRE(q.empty());
  }
}

TEST_CASE("a task that was popped cannot be taken out any more") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto tasks = make(pool, 0, 2);
  push_all(q, tasks);
  REQUIRE(q.pop(0) == &tasks[0]);
  REQUIRE_FALSE(q.remove(tasks[0]));
  REQUIRE(q.remove(tasks[1]));
  REQUIRE(q.pop(0) == nullptr);
}

TEST_CASE(
    "tasks that a consumer has moved to the front can be taken out, and all keep their order") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto tasks = make(pool, 3, 200);
  push_all(q, tasks);
  REQUIRE(q.pop(0) == &tasks[0]);
  // Around the first that may have stayed at the back.
  const auto is_gone = [](std::size_t n) {
    return n == 1 || (n >= 9 && n <= 24 && n % 3 != 0) || n == 199;
  };
  for (std::size_t n = 1; n < 200; ++n) {
    if (is_gone(n)) REQUIRE(q.remove(tasks[n]));
  }
  auto late = make(pool, 3, 100);
  push_all(q, late);
  for (std::size_t n = 1; n < 200; ++n) {
    REQUIRE(q.remove(tasks[n]) == !is_gone(n));
    if (n % 50 == 0) REQUIRE(q.pop(0) == &tasks[++n]);
  }
  for (auto& t : late) REQUIRE(q.pop(0) == &t);
  REQUIRE(q.empty());
}

TEST_CASE("a queue is not empty while anything is in front") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto tasks = make(pool, 3, 100);
  push_all(q, tasks);
  REQUIRE(q.pop(0) == &tasks[0]);
  for (std::size_t n = 99; n > 1; --n) REQUIRE(q.remove(tasks[n]));
  REQUIRE_FALSE(q.empty());
  REQUIRE(q.pop(0) == &tasks[1]);
  REQUIRE(q.empty());
}

TEST_CASE("a closed queue takes tasks from inside only, and gives out what it has") {
  const micropool_test::some_pool pool;
  background_queue q;
  for (std::uint64_t lane = 0; lane < 10; ++lane) {
    auto before = make(pool, lane, 1);
    push_all(q, before);
    REQUIRE(q.pop(0) == &before[0]);
  }
  auto before = make(pool, 0, 1);
  push_all(q, before);
  q.close();
  for (std::uint64_t lane = 0; lane < 10; ++lane) {
    auto late = make(pool, lane, 1);
    REQUIRE_FALSE(q.push(late[0], lane, false));
    REQUIRE_FALSE(q.remove(late[0]));
  }
  REQUIRE(q.pushed() == 11);
  auto inside = make(pool, 0, 1);
  REQUIRE(q.push(inside[0], 0, true));
  REQUIRE(q.pushed() == 12);
  REQUIRE(q.pop(0) == &before[0]);
  REQUIRE(q.pop(0) == &inside[0]);
  REQUIRE(q.empty());
}

TEST_CASE("any mixture of pushes, pops and removals behaves like one queue per producer") {
  const micropool_test::some_pool pool;
  auto random = micropool_test::seeded_engine("background queue model");
  constexpr std::uint64_t lanes = 5;
  background_queue q;
  std::deque<numbered> tasks;
  std::array<std::deque<numbered*>, lanes> model;
  std::vector<numbered*> gone;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t lane = random() % lanes;
    auto& queue = model.at(lane);
    // Now and then it grows so long that consumers move batches.
    const bool grows = step / 1000 % 2 == 0 && random() % 2 == 0;
    switch (grows ? 3 : random() % 4) {
      case 0: {
        numbered* const t = as_numbered(q.pop(lane));
        const auto first =
            std::find_if(model.begin(), model.end(), [](auto& m) { return !m.empty(); });
        REQUIRE((t == nullptr) == (first == model.end()));
        if (t == nullptr) break;
        if (!queue.empty()) REQUIRE(t == queue.front());
        REQUIRE(t == model.at(t->lane).front());
        model.at(t->lane).pop_front();
        gone.push_back(t);
        break;
      }
      case 1: {
        if (queue.empty()) break;
        const auto at = queue.begin() + static_cast<std::ptrdiff_t>(random() % queue.size());
        REQUIRE(q.remove(**at));
        gone.push_back(*at);
        queue.erase(at);
        break;
      }
      case 2: {
        if (!gone.empty()) REQUIRE_FALSE(q.remove(*gone[random() % gone.size()]));
        break;
      }
      default: {
        queue.push_back(&tasks.emplace_back(pool, lane, tasks.size()));
        REQUIRE(q.push(*queue.back(), lane, false));
      }
    }
    REQUIRE(q.empty() ==
            std::all_of(model.begin(), model.end(), [](auto& m) { return m.empty(); }));
  }
}

TEST_CASE("tasks that threads push, pop and take out at once are each taken once, in order") {
  const micropool_test::some_pool pool;
  const std::size_t per_lane = micropool_test::scaled(20'000);
  background_queue q;
  std::array<std::deque<numbered>, 2> tasks{make(pool, 0, per_lane), make(pool, 1, per_lane)};
  std::array<std::atomic<std::size_t>, 2> pushed{};
  std::array<std::atomic<std::size_t>, 2> reached{};  // by the consumers, about
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> unseen{0};
  std::atomic<std::size_t> disordered{0};
  const auto take = [&](numbered& t) {
    unseen += t.written != 1;
    t.taken.fetch_add(1);
    taken.fetch_add(1);
  };
  const auto push = [&](numbered& t) {
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
        numbered* const t = as_numbered(q.pop(turn));
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
        numbered& t = tasks.at(lane)[n];
        if (q.remove(t)) take(t);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  std::size_t wrong = 0;
  for (const auto& lane : tasks) {
    for (const numbered& t : lane) wrong += t.taken.load() != 1;
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
  auto tasks = make(pool, 0, rounds);
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
  auto tasks = make(pool, 0, 64);
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> ended{0};
  numbered* theirs = nullptr;
  std::thread other([&] {
    for (std::size_t k = 0; k < rounds; ++k) {
      spin_while([&] { return begun.load() == k; });
      numbered& wanted = tasks[1 + k / 2 % 8];
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
    numbered* const mine = as_numbered(q.pop(0));
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
      numbered* const t = as_numbered(q.pop(0));
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
    auto tasks = make(pool, 1, 200);
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
