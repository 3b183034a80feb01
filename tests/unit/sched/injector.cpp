// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/injector.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"
#include "some_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace micropool::detail;

namespace {

struct marked_job : job {
  marked_job() noexcept : job([](job&, participant&) noexcept {}) {}
  std::atomic<int> taken{0};
  int written = 0;  // plain: published by the injector
};

// With no thread to wake.
void push(inbox& to, job& j) noexcept {
  injector::push(to, j, [](inbox_group&) noexcept { return false; });
}

const marked_job* job_of(const found_work& f) { return static_cast<const marked_job*>(f.work); }

}  // namespace

TEST_CASE("an injector without jobs has none to give") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  injector& ready = pool->ready;
  REQUIRE(ready.empty(tier::foreground));
  REQUIRE_FALSE(ready.pop_any(tier::foreground));
  REQUIRE_FALSE(ready.pop_from(call.home));
  REQUIRE_FALSE(ready.pop_of(r));
}

TEST_CASE("a push wakes for the group of the inbox once the job is counted there") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  static std::uint32_t counted;
  static inbox_group* woken_for;
  counted = 0;
  woken_for = nullptr;
  const auto wake = [](inbox_group& g) noexcept {
    woken_for = &g;
    counted = g.home.waiting.load();
    return true;
  };
  marked_job j;
  const post_result told = injector::push(call.home, j, wake);
  CHECK(woken_for == &call);
  CHECK(counted == 1);
  CHECK(told.waiter_woken);
  CHECK(job_of(pool->ready.pop_from(call.home)) == &j);
}

TEST_CASE("what was found says where it comes from") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  injector& ready = pool->ready;
  marked_job j;
  push(call.home, j);
  REQUIRE_FALSE(ready.empty(tier::foreground));
  REQUIRE(call.home.waiting == 1);
  const found_work f = ready.pop_any(tier::foreground);
  REQUIRE(f.work == &j);
  REQUIRE(f.origin.is_from(call.home));
  REQUIRE(f.belongs_to == &r);
  REQUIRE(f.pool == &*pool);
  REQUIRE(ready.empty(tier::foreground));
  REQUIRE(call.home.waiting == 0);
}

TEST_CASE("the jobs of one inbox come out in the order in which they went in") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  injector& ready = pool->ready;
  std::array<marked_job, 6> jobs;
  for (auto& j : jobs) push(call.home, j);
  REQUIRE(job_of(ready.pop_any(tier::foreground)) == &jobs[0]);
  REQUIRE(job_of(ready.pop_from(call.home)) == &jobs[1]);
  REQUIRE(job_of(ready.pop_of(r)) == &jobs[2]);
  marked_job late;
  push(call.home, late);
  for (std::size_t k = 3; k < 6; ++k) REQUIRE(job_of(ready.pop_any(tier::foreground)) == &jobs[k]);
  REQUIRE(job_of(ready.pop_any(tier::foreground)) == &late);
  REQUIRE(ready.empty(tier::foreground));
}

TEST_CASE("inboxes take turns, however much one of them holds") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call a(*pool, r), b(*pool, r), c(*pool, r);
  injector& ready = pool->ready;
  std::array<marked_job, 4> of_a;
  std::array<marked_job, 2> of_b;
  marked_job of_c;
  for (auto& j : of_a) push(a.home, j);
  for (auto& j : of_b) push(b.home, j);
  push(c.home, of_c);
  const std::vector<const marked_job*> expected{&of_a[0], &of_b[0], &of_c,    &of_a[1],
                                              &of_b[1], &of_a[2], &of_a[3]};
  for (const marked_job* j : expected) REQUIRE(job_of(ready.pop_any(tier::foreground)) == j);
  REQUIRE(ready.empty(tier::foreground));
}

TEST_CASE("popping from one inbox leaves the others their turns") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call a(*pool, r), b(*pool, r), c(*pool, r);
  // Each of the three places in the queue.
  for (int place = 0; place < 3; ++place) {
    injector& ready = pool->ready;
    std::array<marked_job, 3> jobs;
    const std::array<inbox*, 3> inboxes{&a.home, &b.home, &c.home};
    for (std::size_t k = 0; k < 3; ++k) push(*inboxes[k], jobs[k]);
    const auto p = static_cast<std::size_t>(place);
    REQUIRE(job_of(ready.pop_from(*inboxes[p])) == &jobs[p]);
    REQUIRE_FALSE(ready.pop_from(*inboxes[p]));
    marked_job late;
    push(*inboxes[p], late);
    for (std::size_t k = 0; k < 3; ++k) {
      if (k != p) REQUIRE(job_of(ready.pop_any(tier::foreground)) == &jobs[k]);
    }
    REQUIRE(job_of(ready.pop_any(tier::foreground)) == &late);
    REQUIRE(ready.empty(tier::foreground));
  }
}

TEST_CASE("popping by root finds the root's inboxes only, in turn") {
  const micropool_test::some_pool pool;
  const std::array<root, 2> roots{root(), root()};
  blocked_call x1(*pool, roots[0]), y(*pool, roots[1]), x2(*pool, roots[0]);
  injector& ready = pool->ready;
  std::array<marked_job, 2> of_x1;
  marked_job of_y, of_x2;
  push(y.home, of_y);
  for (auto& j : of_x1) push(x1.home, j);
  push(x2.home, of_x2);
  REQUIRE(job_of(ready.pop_of(roots[0])) == &of_x1[0]);
  REQUIRE(job_of(ready.pop_of(roots[0])) == &of_x2);
  REQUIRE(job_of(ready.pop_of(roots[0])) == &of_x1[1]);
  REQUIRE_FALSE(ready.pop_of(roots[0]));
  REQUIRE(job_of(ready.pop_of(roots[1])) == &of_y);
  REQUIRE(ready.empty(tier::foreground));
}

TEST_CASE("the tiers have queues of their own") {
  const micropool_test::some_pool pool;
  const root foreground;
  const root background(true);
  blocked_call a(*pool, foreground), b(*pool, background);
  injector& ready = pool->ready;
  std::array<marked_job, 2> of_a, of_b;
  for (auto& j : of_b) push(b.home, j);
  REQUIRE(ready.empty(tier::foreground));
  REQUIRE_FALSE(ready.empty(tier::background));
  for (auto& j : of_a) push(a.home, j);
  REQUIRE_FALSE(ready.pop_of(background));
  REQUIRE(job_of(ready.pop_any(tier::foreground)) == &of_a[0]);
  REQUIRE(job_of(ready.pop_any(tier::background)) == &of_b[0]);
  REQUIRE(job_of(ready.pop_from(b.home)) == &of_b[1]);
  REQUIRE(ready.empty(tier::background));
  REQUIRE_FALSE(ready.pop_any(tier::background));
  REQUIRE(job_of(ready.pop_any(tier::foreground)) == &of_a[1]);
  REQUIRE_FALSE(ready.pop_any(tier::foreground));
}

TEST_CASE("any mixture of pushes and pops behaves like queues that take turns") {
  const micropool_test::some_pool pool;
  auto random = micropool_test::seeded_engine("injector model");
  const std::array<root, 2> roots{root(), root()};
  std::vector<std::unique_ptr<blocked_call>> calls;
  for (std::size_t k = 0; k < 5; ++k) {
    calls.push_back(std::make_unique<blocked_call>(*pool, roots[k % 2]));
  }
  injector& ready = pool->ready;
  std::deque<marked_job> jobs;
  std::deque<std::size_t> turns;                       // calls with jobs, in turn
  std::map<std::size_t, std::deque<marked_job*>> queues;  // of each call
  const auto take = [&](std::deque<std::size_t>::iterator at) {
    const std::size_t c = *at;
    turns.erase(at);
    marked_job* const j = queues[c].front();
    queues[c].pop_front();
    if (!queues[c].empty()) turns.push_back(c);
    return j;
  };
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t c = random() % calls.size();
    const marked_job* expected = nullptr;
    found_work f;
    switch (random() % 6) {
      case 0: {
        if (!turns.empty()) expected = take(turns.begin());
        f = ready.pop_any(tier::foreground);
        break;
      }
      case 1: {
        const auto at = std::find(turns.begin(), turns.end(), c);
        if (at != turns.end()) expected = take(at);
        f = ready.pop_from(calls[c]->home);
        break;
      }
      case 2: {
        const auto at = std::find_if(turns.begin(), turns.end(),
                                     [&](std::size_t k) { return k % 2 == c % 2; });
        if (at != turns.end()) expected = take(at);
        f = ready.pop_of(roots[c % 2]);
        break;
      }
      default: {
        marked_job& j = jobs.emplace_back();
        push(calls[c]->home, j);
        if (queues[c].empty()) turns.push_back(c);
        queues[c].push_back(&j);
        continue;
      }
    }
    REQUIRE(job_of(f) == expected);
    REQUIRE(ready.empty(tier::foreground) == turns.empty());
    if (expected != nullptr) REQUIRE(calls[c]->home.waiting == queues[c].size());
  }
}

TEST_CASE("jobs that several threads push and pop are each taken once") {
  const micropool_test::some_pool pool;
  const std::array<root, 2> roots{root(), root()};
  std::vector<std::unique_ptr<blocked_call>> calls;
  for (std::size_t k = 0; k < 3; ++k) {
    calls.push_back(std::make_unique<blocked_call>(*pool, roots[k % 2]));
  }
  injector& ready = pool->ready;
  const std::size_t per_thread = micropool_test::scaled(5'000);
  std::vector<marked_job> jobs(2 * per_thread);
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> unseen{0};
  micropool_test::countdown start(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      for (std::size_t k = 0; k < per_thread; ++k) {
        marked_job& j = jobs[t * per_thread + k];
        j.written = 1;
        push(calls[(t + k) % 3]->home, j);
      }
    });
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      for (std::size_t look = 0; taken.load() < jobs.size(); ++look) {
        const found_work f = look % 3 == 0   ? ready.pop_any(tier::foreground)
                             : look % 3 == 1 ? ready.pop_from(calls[look % 7 % 3]->home)
                                             : ready.pop_of(roots[(look + t) % 2]);
        if (!f) {
          std::this_thread::yield();
          continue;
        }
        auto& j = static_cast<marked_job&>(*f.work);
        unseen += j.written != 1;
        j.taken.fetch_add(1);
        taken.fetch_add(1);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  std::size_t wrong = 0;
  for (const marked_job& j : jobs) wrong += j.taken.load() != 1;
  REQUIRE(wrong == 0);
  REQUIRE(unseen == 0);
  REQUIRE(ready.empty(tier::foreground));
  for (const auto& c : calls) REQUIRE(c->home.waiting == 0);
}
