// SPDX-License-Identifier: MIT OR Apache-2.0
// What one thread sees of the background queue: order, removal, closing.
#include "sched/background_queue.hpp"

#include "catch.hpp"
#include "numbered_task.hpp"
#include "seed.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

using micropool::detail::background_queue;
using micropool_test::as_numbered;
using micropool_test::numbered_task;
using micropool_test::numbered_tasks;

namespace {

void push_all(background_queue& q, std::deque<numbered_task>& tasks) {
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
  auto tasks = numbered_tasks(pool, 3, 50);
  push_all(q, tasks);
  for (std::size_t n = 0; n < 50; ++n) {
    REQUIRE_FALSE(q.empty());
    REQUIRE(q.pop(n) == &tasks[n]);
  }
  REQUIRE(q.empty());
  REQUIRE(q.pushed() == 50);
}

TEST_CASE("a consumer that does not wait says whether a lock was held (Q5)") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto tasks = numbered_tasks(pool, 3, 50);
  bool refused = false;
  REQUIRE(q.try_pop(0, refused) == nullptr);
  REQUIRE_FALSE(refused);
  push_all(q, tasks);
  // Held for the back, then for the front, where the first one has moved some.
  for (std::size_t n = 0; n < 2; ++n) {
    q.lock();
    REQUIRE(q.try_pop(n, refused) == nullptr);
    q.unlock();
    REQUIRE(std::exchange(refused, false));
    REQUIRE(q.try_pop(n, refused) == &tasks[n]);
    REQUIRE_FALSE(refused);
  }
  for (std::size_t n = 2; n < 50; ++n) REQUIRE(q.try_pop(n, refused) == &tasks[n]);
  REQUIRE(q.try_pop(0, refused) == nullptr);
  REQUIRE_FALSE(refused);
}

TEST_CASE("calls in different turns begin with different producers") {
  const micropool_test::some_pool pool;
  background_queue q;
  auto a = numbered_tasks(pool, 0, 2);
  auto b = numbered_tasks(pool, 1, 2);
  auto c = numbered_tasks(pool, 2, 2);
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
    auto tasks = numbered_tasks(pool, 5, 4);
    push_all(q, tasks);
    REQUIRE(q.remove(tasks[gone]));
    REQUIRE_FALSE(q.remove(tasks[gone]));
    auto late = numbered_tasks(pool, 5, 1);
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
  auto tasks = numbered_tasks(pool, 0, 2);
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
  auto tasks = numbered_tasks(pool, 3, 200);
  push_all(q, tasks);
  REQUIRE(q.pop(0) == &tasks[0]);
  // Around the first that may have stayed at the back.
  const auto is_gone = [](std::size_t n) {
    return n == 1 || (n >= 9 && n <= 24 && n % 3 != 0) || n == 199;
  };
  for (std::size_t n = 1; n < 200; ++n) {
    if (is_gone(n)) REQUIRE(q.remove(tasks[n]));
  }
  auto late = numbered_tasks(pool, 3, 100);
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
  auto tasks = numbered_tasks(pool, 3, 100);
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
    auto before = numbered_tasks(pool, lane, 1);
    push_all(q, before);
    REQUIRE(q.pop(0) == &before[0]);
  }
  auto before = numbered_tasks(pool, 0, 1);
  push_all(q, before);
  q.close();
  for (std::uint64_t lane = 0; lane < 10; ++lane) {
    auto late = numbered_tasks(pool, lane, 1);
    REQUIRE_FALSE(q.push(late[0], lane, false));
    REQUIRE_FALSE(q.remove(late[0]));
  }
  REQUIRE(q.pushed() == 11);
  auto inside = numbered_tasks(pool, 0, 1);
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
  std::deque<numbered_task> tasks;
  std::array<std::deque<numbered_task*>, lanes> model;
  std::vector<numbered_task*> gone;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t lane = random() % lanes;
    auto& queue = model.at(lane);
    // Now and then it grows so long that consumers move batches.
    const bool grows = step / 1000 % 2 == 0 && random() % 2 == 0;
    switch (grows ? 3 : random() % 4) {
      case 0: {
        numbered_task* const t = as_numbered(q.pop(lane));
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
