// SPDX-License-Identifier: MIT OR Apache-2.0
// The injector: each posted job is taken once, whole, from the inbox that it was posted to,
// whatever pool serves that; the poster touches no inbox after its job could be taken.
#include "event.hpp"
#include "queued_task.hpp"

#include "sched/injector.hpp"

#include <atomic>
#include <memory>
#include <thread>

using namespace micropool_test;
namespace detail = micropool::detail;
using detail::tier;

namespace {

struct posted_job : detail::job {
  posted_job() noexcept : job([](job&, detail::participant&) noexcept {}) {}
  int written = 0;  // plain: published by the injector
  std::atomic<int> taken{0};

  void take() {
    simulation::check(written == 1, "published");
    simulation::check(taken.fetch_add(1, std::memory_order_relaxed) == 0, "taken once");
  }
};

bool wakes_none(detail::inbox_group&) noexcept { return false; }

detail::post_result post(detail::inbox& to, posted_job& j) {
  j.written = 1;
  return detail::injector::push(to, j, &wakes_none);
}
bool take(const detail::found_work& f) {
  if (!f) return false;
  static_cast<posted_job*>(f.work)->take();
  return true;
}

// A call on a pool, with its inbox.
struct call_on_pool {
  bare_pool pool;
  detail::root of_call;
  detail::blocked_call call{*pool, of_call};
};

}  // namespace

TEST_CASE("injector: each job is taken once, by a worker or by the thread that blocks") {
  simulate(preempted_with_locks(1), [] {
    call_on_pool c;
    posted_job jobs[2];
    simulation::threads([&] { post(c.call.home, jobs[0]), post(c.call.home, jobs[1]); },
                        [&] { take(c.pool->ready.pop_any(tier::foreground)); },
                        [&] { take(detail::injector::pop_from(c.call.home)); });
    while (take(c.pool->ready.pop_of(c.of_call))) {
    }
    for (posted_job& j : jobs) simulation::check(j.taken.load() == 1, "taken in the end");
    simulation::check(c.pool->ready.empty() && c.call.home.waiting.load() == 0, "nothing is left");
  });
}

TEST_CASE("injector: jobs of one inbox are taken in the order in which they were posted") {
  simulate(preempted_with_locks(1), [] {
    call_on_pool c;
    posted_job jobs[3];
    simulation::threads([&] { for (posted_job& j : jobs) post(c.call.home, j); },
                        [&] {
                          const detail::job* before = nullptr;
                          for (int i = 0; i < 3; ++i) {
                            const detail::found_work f = c.pool->ready.pop_any(tier::foreground);
                            if (!take(f)) continue;
                            simulation::check(f.work > before, "in their order");
                            before = f.work;
                          }
                        });
  });
}

// A poster counts its job, then looks for sleepers; a sleeper is counted, then looks here.
TEST_CASE("injector: a poster sees the sleeper, or the sleeper the job (idle.publish)") {
  simulate(every_order(), [] {
    call_on_pool c;
    posted_job j;
    const auto sleepers = std::make_unique<std::atomic<int>>(0);
    bool poster_sees = false;
    bool sleeper_sees = false;
    simulation::threads(
        [&] {
          post(c.call.home, j);
          poster_sees = sleepers->load(std::memory_order_seq_cst) != 0;
        },
        [&] {
          sleepers->fetch_add(1, std::memory_order_seq_cst);
          sleeper_sees = !c.pool->ready.empty(tier::foreground);
        });
    simulation::check(poster_sees || sleeper_sees, "one sees the other");
  });
}

TEST_CASE("injector: the inbox may be gone once its job can be taken (LAST TOUCH)") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    const detail::root of_call;
    auto call = std::make_unique<detail::blocked_call>(*pool, of_call);
    auto j = std::make_unique<posted_job>();
    event taken;
    simulation::threads([&] { post(call->home, *j); },
                        [&] {
                          while (!take(pool->ready.pop_any(tier::foreground))) {
                            std::this_thread::yield();
                          }
                          taken.set();
                        },
                        [&] {
                          taken.wait();
                          j.reset();
                          call.reset();
                        });
  });
}

TEST_CASE("injector: a job that is posted while its root is lifted is found in the foreground") {
  const auto program = [](bool posted_before) {
    const bare_pool pool;
    const detail::root of_waiter;
    queued_task task(*pool, 0);
    posted_job jobs[2];
    if (posted_before) post(task.inboxes.home, jobs[0]);
    simulation::check(pool->ready.empty(tier::foreground), "in the background");
    simulation::threads(
        [&] {
          task.own_root.lifted_to.store(&of_waiter, std::memory_order_seq_cst);
          detail::injector::lift(task.inboxes.home, detail::root_tag(of_waiter), &wakes_none);
        },
        [&] { post(task.inboxes.home, jobs[1]); });
    simulation::check(pool->ready.empty(tier::background), "none is left in the background");
    for (int n = posted_before ? 2 : 1; n > 0; --n) {
      simulation::check(take(pool->ready.pop_of(of_waiter)), "found by the waiter's root");
    }
  };
  simulate(preempted_with_locks(2), [&] { program(false); });
  simulate(preempted_with_locks(1), [&] { program(true); });
}

TEST_CASE("injector: a job that is posted while its inbox moves is found where that is served") {
  const auto program = [](bool with_taker) {
    const bare_pool mine;
    const bare_pool serves(1);
    // A pool counts as one with workers once it has a participant for one.
    serves->workers.push_back(&serves->participants.acquire(*serves, true));
    const detail::root of_call;
    detail::blocked_call call(*mine, of_call);
    posted_job jobs[2];
    post(call.home, jobs[0]);
    bool was_ready = false;
    const detail::pool_state* posted_at = nullptr;
    simulation::threads([&] { was_ready = detail::injector::move(call, *serves); },
                        [&] { posted_at = post(call.home, jobs[1]).at; },
                        [&] {
                          if (with_taker) take(detail::injector::pop_from(call.home));
                        });
    simulation::check(posted_at == &*mine || posted_at == &*serves, "one of the two");
    simulation::check(serves->migrants.load() == (posted_at == &*serves ? 1u : 0u),
                      "counted there as a migrant");
    simulation::check(mine->ready.empty(), "nothing is left behind");
    while (take(serves->ready.pop_any(tier::foreground))) {
    }
    for (posted_job& j : jobs) simulation::check(j.taken.load() == 1, "taken in the end");
    simulation::check(was_ready || jobs[0].taken.load() == 1, "the move says what it found");
  };
  simulate(preempted_with_locks(1), [&] { program(false); });
  simulate_by_chance(2'000, 100, [&] { program(true); });
}
