// SPDX-License-Identifier: MIT OR Apache-2.0
// Lifting (lib/sched/lift.cpp, L1 to L4): a background task that foreground work waits for belongs
// to the waiter's root from then on, with its jobs, inboxes and participants, and with what it
// waits for itself. The participants are played by the test.
#include "stage.hpp"

#include "sched/wait_graph.hpp"

#include <micropool/detail/sched/background_task.hpp>

#include <memory>

using namespace micropool_test;
using simulation::check;
using simulation::strategy;

namespace {

// On the heap, with one reference.
struct counted_task : detail::background_task {
  explicit counted_task(detail::pool_state& p)
      : background_task(
            p, [](detail::job&, detail::participant&) noexcept {},
            [](background_task& t, operation what) noexcept {
              if (what == operation::destroy) delete static_cast<counted_task*>(&t);
            }) {
    references.store(1, std::memory_order_relaxed);
  }
};

struct lifted : stage {
  using stage::stage;
  const detail::root x{}, v{};
  idle_task t{**this}, below{**this};
  detail::participant_state& p = worker();
  some_job j, second;

  ~lifted() {
    while (detail::injector::pop_from(t.inboxes.home)) {
    }
    while (detail::injector::pop_from(below.inboxes.home)) {
    }
  }
  detail::found_work work_of(idle_task& of) {
    return {&of, detail::work_origin::of_inbox(of.inboxes.home), &of.own_root,
            detail::float_environment::here(), &**this};
  }
  bool shows_a_lifted_root() const {
    const detail::root_tag tag = p.working_for.load();
    return tag.is(&x) || tag.is(&v);
  }
};

simulation::options many_orders() {
  return {.by = strategy::priorities, .executions = 5'000, .changes = 3, .steps = 250};
}

}  // namespace

TEST_CASE("lift: a participant that begins to work for the task shows the waiter's root (L2)") {
  simulate_kernels(many_orders(), [] {
    const auto s = std::make_unique<lifted>();
    detail::task_waiter w;
    simulation::threads([&] { detail::announce_wait(s->t, w, s->x); },
                        [&] {
                          detail::begin_work(s->p, s->work_of(s->t));
                          push(s->p, s->j);
                        });
    check(s->shows_a_lifted_root(), "the tag is that of the waiter's root");
    detail::end_wait(w);
  });
}

TEST_CASE("lift: two waiters lift a task to one root (L1)") {
  simulate_kernels(many_orders(), [] {
    const auto s = std::make_unique<lifted>();
    detail::task_waiter one, two;
    simulation::threads([&] { detail::announce_wait(s->t, one, s->x); },
                        [&] { detail::announce_wait(s->t, two, s->v); },
                        [&] {
                          detail::begin_work(s->p, s->work_of(s->t));
                          push(s->p, s->j);
                        });
    check(s->shows_a_lifted_root(), "the tag is that of a waiter's root");
    check(detail::tag_of(s->t.own_root) == s->p.working_for.load(), "and that of the task");
    detail::end_wait(one);
    detail::end_wait(two);
  });
}

// The task comes to wait for another one while it is lifted: one of the two sees the other.
TEST_CASE("lift: what the task waits for is lifted with it") {
  simulate_kernels(many_orders(), [] {
    const auto s = std::make_unique<lifted>();
    detail::task_waiter of_caller, of_task;
    simulation::threads(
        [&] { detail::announce_wait(s->t, of_caller, s->x); },
        [&] { detail::announce_wait(s->below, of_task, s->t.inboxes.home); });
    check(detail::tag_of(s->below.own_root).is(&s->x), "it belongs to the caller's root");
    detail::end_wait(of_task);
    detail::end_wait(of_caller);
  });
}

// The lifter keeps what it has lifted and not shown yet: the wait below may end and the task with
// it.
TEST_CASE("lift: what the task waits for ends while it is lifted") {
  simulate_kernels(many_orders(), [] {
    const auto s = std::make_unique<lifted>();
    auto* const ends = new counted_task(**s);
    detail::task_waiter of_caller, of_task;
    detail::announce_wait(*ends, of_task, s->t.inboxes.home);
    simulation::threads([&] { detail::announce_wait(s->t, of_caller, s->x); },
                        [&] {
                          detail::end_wait(of_task);
                          detail::release(*ends);
                        });
    detail::end_wait(of_caller);
  });
}

// The participant begins a stranger's work unit while its old one is lifted: the tag stays.
TEST_CASE("lift: a participant that leaves the task's work unit keeps its new root") {
  simulate_kernels(many_orders(), [] {
    const auto s = std::make_unique<lifted>();
    detail::task_waiter w;
    detail::begin_work(s->p, s->work_of(s->t));
    simulation::threads([&] { detail::announce_wait(s->t, w, s->x); },
                        [&] { detail::begin_work(s->p, s->work_of(s->below)); });
    check(s->p.working_for.load() == detail::root_tag(s->below.own_root), "the root of its work");
    detail::end_wait(w);
  });
}

// The lists are guarded by locks: a wait that ends is taken off while a lifter reads.
TEST_CASE("lift: a wait of the task ends while the task is lifted") {
  simulate_kernels(many_orders(), [] {
    const auto s = std::make_unique<lifted>();
    detail::task_waiter of_caller;
    auto of_task = std::make_unique<detail::task_waiter>();
    detail::announce_wait(s->below, *of_task, s->t.inboxes.home);
    simulation::threads([&] { detail::announce_wait(s->t, of_caller, s->x); },
                        [&] {
                          detail::end_wait(*of_task);
                          of_task.reset();
                        });
    detail::end_wait(of_caller);
  });
}

// A post and a lift: the job stands in the foreground, and the caller that owns the root is woken.
TEST_CASE("lift: a job that is posted to the task while its caller lifts it and falls asleep") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 5'000, .changes = 3, .steps = 400}, [] {
    const auto s = std::make_unique<lifted>();
    detail::participant_state& owner = s->caller(s->x);
    detail::task_waiter of_caller;
    detail::latch never;
    simulation::threads([&] { detail::post(s->t.inboxes.home, s->j); },
                        [&] { detail::announce_wait(s->t, of_caller, s->x); },
                        [&] {
                          const auto f = find_as_waiter(owner, never, {.whole_root = &s->x});
                          check(f.work == &s->j, "the posted job");
                        });
    check(detail::tag_of(s->t.own_root).is(&s->x), "lifted");
    detail::end_wait(of_caller);
  });
}

// A push of a participant whose root is lifted while the caller falls asleep (S4: the lift raises
// the hint).
TEST_CASE("lift: a job that is pushed for the task while its caller lifts it and falls asleep") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 5'000, .changes = 3, .steps = 400}, [] {
    const auto s = std::make_unique<lifted>();
    detail::participant_state& owner = s->caller(s->x);
    detail::task_waiter of_caller;
    detail::latch never;
    detail::begin_work(s->p, s->work_of(s->t));
    simulation::threads([&] { push(s->p, s->j); },
                        [&] { detail::announce_wait(s->t, of_caller, s->x); },
                        [&] { find_as_waiter(owner, never, {.whole_root = &s->x}); });
    detail::end_wait(of_caller);
  });
}

// The hint was lowered at the first push, whose job no thread might take then.
TEST_CASE(
    "lift: a job taken back before the lift and one pushed after it, beside a sleeping caller") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 5'000, .changes = 4, .steps = 400}, [] {
    const auto s = std::make_unique<lifted>();
    detail::participant_state& owner = s->caller(s->x);
    detail::task_waiter of_caller;
    detail::latch never;
    detail::begin_work(s->p, s->work_of(s->t));
    simulation::threads(
        [&] {
          push(s->p, s->j);
          if (s->p.jobs.pop() != nullptr) push(s->p, s->second);
        },
        [&] { detail::announce_wait(s->t, of_caller, s->x); },
        [&] { find_as_waiter(owner, never, {.whole_root = &s->x}); });
    detail::end_wait(of_caller);
  });
}

// The lift comes while the pusher lowers its hint, having read the old tag; the caller sleeps all
// the time, and nothing but the next push can wake it.
TEST_CASE("lift: a hint that is lowered while the work unit is lifted rises again") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 8'000, .changes = 3, .steps = 250}, [] {
    const auto s = std::make_unique<lifted>();
    detail::participant_state& owner = s->caller(s->x);
    detail::task_waiter of_caller;
    detail::latch never;
    std::atomic<bool> was_lifted{false};
    detail::begin_work(s->p, s->work_of(s->t));
    simulation::threads(
        [&] {
          push(s->p, s->j);
          const bool mine = s->p.jobs.pop() != nullptr;
          was_lifted.wait(false);
          if (mine) push(s->p, s->second);
        },
        [&] {
          detail::announce_wait(s->t, of_caller, s->x);
          was_lifted = true;
          was_lifted.notify_all();
        },
        [&] { find_as_waiter(owner, never, {.whole_root = &s->x}); });
    detail::end_wait(of_caller);
  });
}

// All places of background_limit are taken, so a worker may take the job only once it is lifted.
TEST_CASE(
    "lift: a job that is pushed while it is lifted and a worker without a place falls asleep") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 5'000, .changes = 3, .steps = 400}, [] {
    const auto s =
        std::make_unique<lifted>(micropool::pool_options{.num_threads = 2, .background_limit = 1});
    detail::participant_state& sleeper = s->worker();
    detail::task_waiter of_caller;
    check((*s)->try_start_background(), "the only place");
    detail::begin_work(s->p, s->work_of(s->t));
    simulation::threads([&] { push(s->p, s->j); },
                        [&] { detail::announce_wait(s->t, of_caller, s->x); },
                        [&] { find_as_worker(sleeper); });
    detail::end_wait(of_caller);
  });
}
