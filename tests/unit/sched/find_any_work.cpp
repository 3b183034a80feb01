// SPDX-License-Identifier: MIT OR Apache-2.0
// What a worker takes, whose stack is empty, and in which order it looks.
#include "sched/find_work.hpp"

#include "catch.hpp"
#include "some_task.hpp"
#include "stage.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <thread>
#include <vector>

using namespace micropool::detail;
using micropool_test::plain_job;
using micropool_test::stage;

TEST_CASE("a worker with an empty stack takes anything: its own, others', and what is ready") {
  stage s;
  const root stranger{};
  blocked_call call(*s.pool, stranger);
  plain_job own, others, ready;
  s.second.working_for.store(root_tag(stranger));
  s.thief.jobs.push(&own);
  s.second.jobs.push(&others);
  post(call.home, ready);
  REQUIRE(find_any_work(s.thief).work == &own);
  const found_work f = find_any_work(s.thief);
  const found_work g = find_any_work(s.thief);
  REQUIRE(((f.work == &others && g.work == &ready) || (f.work == &ready && g.work == &others)));
  REQUIRE(f.belongs_to == &stranger);
  REQUIRE(g.belongs_to == &stranger);
  REQUIRE_FALSE(find_any_work(s.thief));
}

TEST_CASE("a worker takes foreground work, then started background work, then a queued task") {
  // Inboxes and deques take turns within a tier.
  for (int round = 0; round < 20; ++round) {
    stage s;
    const root background(true);
    blocked_call call(*s.pool, s.r);
    blocked_call task_call(*s.pool, background);
    micropool_test::some_task queued(s.pool);
    plain_job ready, forked, background_ready, background_forked;
    s.waiter.jobs.push(&forked);
    s.second.working_for.store(root_tag(background));
    s.second.jobs.push(&background_forked);
    post(call.home, ready);
    post(task_call.home, background_ready);
    s.queue(queued);
    std::array<job*, 5> order{};
    for (auto& j : order) j = find_any_work(s.thief).work;
    REQUIRE(((order[0] == &ready && order[1] == &forked) ||
             (order[0] == &forked && order[1] == &ready)));
    REQUIRE(((order[2] == &background_ready && order[3] == &background_forked) ||
             (order[2] == &background_forked && order[3] == &background_ready)));
    REQUIRE(order[4] == &queued);
    REQUIRE_FALSE(find_any_work(s.thief));
  }
}

TEST_CASE("of 64 thefts in a row each begins with another participant") {
  stage s;
  std::array<plain_job, 200> many;
  plain_job one;
  for (auto& j : many) s.waiter.jobs.push(&j);
  s.second.jobs.push(&one);
  int before = 0;
  while (find_any_work(s.thief).work != &one) ++before;
  // Every other look begins with the inboxes, and is a look at the deques as well.
  REQUIRE(before < 128);
  while (s.waiter.jobs.pop() != nullptr) {
  }
}

TEST_CASE("every eighth look at the background tier begins with the queue") {
  stage s;
  const root background(true);
  blocked_call call(*s.pool, background);
  std::array<plain_job, 20> started;
  for (auto& j : started) post(call.home, j);
  micropool_test::some_task queued(s.pool);
  s.queue(queued);
  int before = 0;
  while (find_any_work(s.thief).work != &queued) ++before;
  REQUIRE(before < 8);
  while (s.pool->ready.pop_any(tier::background)) {
  }
}

TEST_CASE("a look that finds the queue locked takes started work, and the next one waits (F3)") {
  stage s;
  const root background(true);
  blocked_call call(*s.pool, background);
  std::array<plain_job, 40> started;
  for (auto& j : started) post(call.home, j);
  micropool_test::some_task queued(s.pool);
  s.queue(queued);
  s.pool->background.lock();
  std::atomic<int> before{0};
  // Ends the wait only when it has begun.
  std::thread holder([&] {
    while (before.load() < 15) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    s.pool->background.unlock();
  });
  int looks = 0;
  while (looks < 30 && find_any_work(s.thief, extent::some).work != &queued) before = ++looks;
  before = 15;
  holder.join();
  // The eighth look began with the queue as well.
  REQUIRE(looks == 15);
  while (s.pool->ready.pop_any(tier::background)) {
  }
}

TEST_CASE("the looks that begin with the queue begin each time with another producer's tasks") {
  stage s;
  const root background(true);
  blocked_call call(*s.pool, background);
  std::array<plain_job, 100> started;
  for (auto& j : started) post(call.home, j);
  std::deque<micropool_test::some_task> of_first;
  for (int i = 0; i < 100; ++i) s.queue(of_first.emplace_back(s.pool));
  micropool_test::some_task of_second(s.pool);
  s.queue(of_second, 1);
  int before = 0;
  while (find_any_work(s.thief).work != &of_second) ++before;
  // There are eight lanes, and every eighth look begins there.
  REQUIRE(before < 8 * 8);
  while (s.pool->background.pop(0) != nullptr) {
  }
  while (s.pool->ready.pop_any(tier::background)) {
  }
}

TEST_CASE("a queued task is found with its own root and inbox") {
  stage s;
  micropool_test::some_task queued(s.pool);
  REQUIRE_FALSE(find_background_work(s.thief));
  s.queue(queued);
  REQUIRE_FALSE(find_foreground_work(s.thief));
  const found_work f = find_background_work(s.thief);
  REQUIRE(f.work == &queued);
  REQUIRE(f.origin.is_from(queued.inboxes.home));
  REQUIRE(f.belongs_to == &queued.own_root);
}

TEST_CASE("there is more to take while a deque or an inbox holds something") {
  stage s;
  blocked_call call(*s.pool, s.r);
  plain_job j;
  REQUIRE_FALSE(more_to_take(s.thief));
  s.second.jobs.push(&j);
  REQUIRE(more_to_take(s.thief));
  REQUIRE(s.second.jobs.pop() == &j);
  REQUIRE_FALSE(more_to_take(s.thief));
  post(call.home, j);
  REQUIRE(more_to_take(s.thief));
  REQUIRE(s.pool->ready.pop_any(tier::foreground).work == &j);
}

TEST_CASE("brief looks for foreground work look into a few deques each, and into all in turn (F1)") {
  stage s;
  std::vector<participant_state*> others;
  for (int i = 0; i < 100; ++i) others.push_back(&s.pool->participants.acquire(*s.pool, true));
  plain_job j;
  for (participant_state* const p : {others.front(), others[40], others.back()}) {
    p->working_for.store(root_tag(s.r));
    p->jobs.push(&j);
    int looks = 0;
    while (!is_there(tier::foreground, s.thief, extent::some)) ++looks;
    REQUIRE(looks < 8);
    // Of eight in a row one or two find it.
    int found = 0;
    for (int k = 0; k < 8; ++k) found += is_there(tier::foreground, s.thief, extent::some);
    REQUIRE(found >= 1);
    REQUIRE(found < 4);
    REQUIRE(p->jobs.pop() == &j);
  }
  for (participant_state* const p : others) p->working_for.store(root_tag());
}

TEST_CASE("in a large pool one look of a last search finds the only job, and short looks find it soon") {
  stage s;
  std::deque<participant_state*> others;
  for (int i = 0; i < 100; ++i) {
    others.push_back(&s.pool->participants.acquire(*s.pool, true));
    others.back()->working_for.store(root_tag(s.r));
  }
  plain_job j;
  bool is_ever_missed = false;
  for (participant_state* victim : others) {
    victim->jobs.push(&j);
    REQUIRE(find_any_work(s.thief, extent::all).work == &j);
    victim->jobs.push(&j);
    // Two chunks of 64 slots, and in each of them every slot comes first once.
    int looks = 1;
    while (!find_any_work(s.thief, extent::some)) REQUIRE(++looks <= 2 * 2 * 64);
    is_ever_missed = is_ever_missed || looks > 1;
  }
  REQUIRE(is_ever_missed);
  for (participant_state* p : others) p->working_for.store(root_tag());
}
