// SPDX-License-Identifier: MIT OR Apache-2.0
// A job that is posted to an inbox, against the threads that may take it and fall asleep:
// the waiter of the inbox's call, the caller that owns the root, a worker (lib/sched/sleep.cpp, "A
// post and its caller" in its README). A thread that has taken a job never comes back.
#include "stage.hpp"

#include <array>
#include <memory>

using namespace micropool_test;
using simulation::strategy;

namespace {

// `inner` waits in a call of its own in the root of `owner`.
struct post_office {
  const detail::root r{};
  stage pool;
  detail::participant_state& owner = pool.caller(r);
  detail::participant_state& inner = pool.worker();
  detail::participant_state& worker = pool.worker();
  std::array<some_job, 2> jobs;
  detail::latch never, done;
  std::unique_ptr<detail::blocked_call> call;

  post_office() {
    inner.working_for.store(detail::root_tag(r));
    call = std::make_unique<detail::blocked_call>(inner);
  }
  detail::wait_filter of_call() { return {.inboxes = call.get()}; }

  void post_first() { detail::post(call->home, jobs[0]); }
  void post_second() { detail::post(call->home, jobs[1]); }
  void find_as_inner() {
    simulation::check(bool(find_as_waiter(inner, never, of_call())), "found a job");
  }
  detail::found_work find_as_owner() {
    const auto f = find_as_waiter(owner, never, {.whole_root = &r});
    simulation::check(bool(f), "found a job");
    return f;
  }
  void set_latch() {
    if (void* const sleeper = done.set()) detail::wake_waiter(sleeper);
  }
  // What is left in the end would be lost with its inbox.
  static void drain(detail::blocked_call& c) {
    while (detail::injector::pop_from(c.home)) {
    }
  }
  void check_counts() {
    simulation::check(pool->sleeping_waiters.load() == 0, "no waiter counts as sleeping");
    simulation::check(pool->idle.load() == 0, "no worker counts as searching or sleeping");
  }
};

}  // namespace

TEST_CASE("posts: a post and the waiter of its call, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<post_office>();
    simulation::threads([&] { s->post_first(); }, [&] { s->find_as_inner(); });
    s->check_counts();
  });
}

TEST_CASE("posts: a post and the owner of the root, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<post_office>();
    simulation::threads([&] { s->post_first(); }, [&] { s->find_as_owner(); });
    s->check_counts();
  });
}

TEST_CASE("posts: a post and a worker, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<post_office>();
    simulation::threads([&] { s->post_first(); }, [&] { find_as_worker(s->worker); });
    s->check_counts();
  });
}

// The waiter of the call takes nothing else, so the poster must not rely on the two others: they
// may find a job of the root somewhere else.
TEST_CASE(
    "posts: the waiter of the call is woken although a worker searches and the owner sleeps") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 15'000, .changes = 3, .steps = 600}, [] {
    const auto s = std::make_unique<post_office>();
    const auto other = std::make_unique<detail::blocked_call>(s->owner);
    std::array<some_job, 2> elsewhere;
    // The thread that takes the job of the inner call ends that call.
    const auto ends_call = [&](const detail::found_work& f) {
      if (f.work == &s->jobs[0]) s->set_latch();
    };
    simulation::threads([&] { s->post_first(); },
                        [&] {
                          detail::post(other->home, elsewhere[0]);
                          detail::post(other->home, elsewhere[1]);
                        },
                        [&] { find_as_waiter(s->inner, s->done, s->of_call()); },
                        [&] { ends_call(s->find_as_owner()); },
                        [&] { ends_call(find_as_worker(s->worker)); });
    s->drain(*other);
    s->check_counts();
  });
}

TEST_CASE("posts: two posts, the waiter of their call and a worker take one job each") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 500}, [] {
    const auto s = std::make_unique<post_office>();
    simulation::threads([&] { s->post_first(), s->post_second(); }, [&] { s->find_as_inner(); },
                        [&] { find_as_worker(s->worker); });
    s->check_counts();
  });
}

// The waiter sleeps until the latch, and must see it although a post has woken it for nothing.
TEST_CASE("posts: a waiter whose job was taken by another sees its latch") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 500}, [] {
    const auto s = std::make_unique<post_office>();
    simulation::threads([&] { s->post_first(); }, [&] { s->set_latch(); },
                        [&] { find_as_waiter(s->inner, s->done, s->of_call()); },
                        [&] {
                          detail::wait_turns turns;
                          detail::find_own_work(s->owner, {.whole_root = &s->r}, turns);
                        });
    s->drain(*s->call);
    s->check_counts();
  });
}
