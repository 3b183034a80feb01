// SPDX-License-Identifier: MIT OR Apache-2.0
// Marks in the graph of waits (W1 to W4 of lib/sched/wait_graph.hpp): a call G awaits the task A,
// which awaits the task B, and a job becomes ready in the inbox of B. The thread that blocks for G
// must find it, whatever comes first: the waits, the job, or the thread's sleep. The coroutines and
// the thread are played by the test.
#include "stage.hpp"

#include "sched/wait_graph.hpp"

#include <micropool/detail/sched/background_task.hpp>

#include <memory>

using namespace micropool_test;
using simulation::check;
using simulation::strategy;

namespace {

struct chain {
  const detail::root x{};
  stage pool;
  detail::participant_state& thread = pool.caller(x);
  std::unique_ptr<detail::blocked_call> g = std::make_unique<detail::blocked_call>(thread);
  std::unique_ptr<idle_task> a = std::make_unique<idle_task>(*pool);
  std::unique_ptr<idle_task> b = std::make_unique<idle_task>(*pool);
  std::unique_ptr<detail::task_waiter> of_g = std::make_unique<detail::task_waiter>();
  std::unique_ptr<detail::task_waiter> of_a = std::make_unique<detail::task_waiter>();
  some_job j;
  detail::latch never;

  void g_awaits_a() { detail::announce_wait(*a, *of_g, g->home); }
  void a_awaits_b() { detail::announce_wait(*b, *of_a, a->inboxes.home); }
  // The waiter and the task may be gone once the wait is over.
  void end_wait_for_b() {
    detail::end_wait(*of_a);
    of_a.reset();
    b.reset();
  }
  void end_wait_for_a() {
    detail::end_wait(*of_g);
    of_g.reset();
    a.reset();
  }
  detail::wait_filter of_call() { return {.inboxes = g.get()}; }
  void find() {
    const auto f = find_as_waiter(thread, never, of_call());
    check(f.work == &j, "the posted job");
  }
  void look() {
    detail::wait_turns turns;
    for (int i = 0; i < 3; ++i) detail::find_own_work(thread, of_call(), turns);
  }
};

simulation::options many_orders() {
  return {.by = strategy::priorities, .executions = 6'000, .changes = 4, .steps = 700};
}

}  // namespace

TEST_CASE("wait graph: a job two waits below a thread that falls asleep, in every order") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    simulation::threads([&] { c->g_awaits_a(); }, [&] { c->a_awaits_b(); },
                        [&] { detail::post(c->b->inboxes.home, c->j); }, [&] { c->find(); });
    c->end_wait_for_b();
    c->end_wait_for_a();
  });
}

TEST_CASE("wait graph: the lower wait begins below a thread that sleeps beside a job") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    c->g_awaits_a();
    detail::post(c->b->inboxes.home, c->j);
    simulation::threads([&] { c->a_awaits_b(); }, [&] { c->find(); });
    c->end_wait_for_b();
    c->end_wait_for_a();
  });
}

TEST_CASE("wait graph: the lower wait ends while the thread looks and a job is posted above") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    c->g_awaits_a();
    simulation::threads(
        [&] {
          c->a_awaits_b();
          c->end_wait_for_b();
        },
        [&] { detail::post(c->a->inboxes.home, c->j); }, [&] { c->find(); });
    c->end_wait_for_a();
  });
}

// What the thread looks into exists: the end of the wait waits for it.
TEST_CASE("wait graph: a task ends while the thread looks into its inbox") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    c->g_awaits_a();
    c->a_awaits_b();
    detail::post(c->b->inboxes.home, c->j);
    simulation::threads(
        [&] {
          detail::injector::pop_from(c->b->inboxes.home);
          c->end_wait_for_b();
        },
        [&] { c->look(); });
    c->end_wait_for_a();
  });
}

// The thread of a second call awaits the same task: each watcher hears of the job, one takes it.
TEST_CASE("wait graph: two threads block above one task, and each takes one of its two jobs") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    const detail::root y;
    detail::participant_state& other = c->pool.caller(y);
    const auto h = std::make_unique<detail::blocked_call>(other);
    detail::task_waiter of_h;
    detail::latch never;
    some_job second;
    c->a_awaits_b();
    simulation::threads(
        [&] { c->g_awaits_a(); }, [&] { detail::announce_wait(*c->b, of_h, h->home); },
        [&] {
          detail::post(c->b->inboxes.home, c->j);
          detail::post(c->b->inboxes.home, second);
        },
        [&] { find_as_waiter(c->thread, c->never, c->of_call()); },
        [&] { find_as_waiter(other, never, {.inboxes = h.get()}); });
    detail::end_wait(of_h);
    c->end_wait_for_b();
    c->end_wait_for_a();
  });
}

// The first thread is woken for the job of the task, and finds one of its own call that was posted
// since: it wakes the second before it runs that one (S6).
TEST_CASE(
    "wait graph: a thread that is woken for a task and takes another job wakes the next waiter") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    const detail::root y;
    detail::participant_state& other = c->pool.caller(y);
    const auto h = std::make_unique<detail::blocked_call>(other);
    detail::task_waiter of_h;
    detail::latch done;
    some_job of_call;
    c->g_awaits_a();
    detail::announce_wait(*c->a, of_h, h->home);
    simulation::threads(
        [&] {
          detail::post(c->a->inboxes.home, c->j);
          detail::post(c->g->home, of_call);
        },
        [&] {
          const auto f = find_as_waiter(c->thread, c->never, c->of_call());
          if (f.work != &c->j) return;
          if (void* const sleeper = done.set()) detail::wake_waiter(sleeper);
        },
        [&] { find_as_waiter(other, done, {.inboxes = h.get()}); });
    detail::injector::pop_from(c->g->home);
    detail::end_wait(of_h);
    c->end_wait_for_a();
  });
}

// A waiter is off the list of its group when it is told, since it may be gone then.
TEST_CASE(
    "wait graph: a waiter that is told of the end of its task is gone, and its group waits again") {
  simulate_kernels(many_orders(), [] {
    const auto c = std::make_unique<chain>();
    detail::task_waiter again;
    // Begun: it counts as pushed, and as ended when it has.
    detail::spawn(*c->a);
    check(c->pool->background.remove(*c->a), "unlinked");
    simulation::threads(
        [&] {
          c->g_awaits_a();
          if (detail::add_waiter(*c->a, *c->of_g))
            find_as_waiter(c->thread, c->of_g->ended, c->of_call());
          c->of_g.reset();
          detail::announce_wait(*c->b, again, c->g->home);
        },
        [&] { detail::end_task(*c->a, c->pool.worker()); });
    detail::end_wait(again);
  });
}
