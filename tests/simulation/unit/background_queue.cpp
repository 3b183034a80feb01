// SPDX-License-Identifier: MIT OR Apache-2.0
// The background queue (Q1 to Q4): each task is taken out once, in the order of its producer, and a
// look without the locks overlooks none.
#include "queued_task.hpp"

#include <atomic>
#include <memory>

using namespace micropool_test;

namespace {

// With nine tasks or more a consumer moves some to the front.
constexpr int moves_one = 10;
constexpr int moves_two = 18;

}  // namespace

TEST_CASE("background queue: a task is taken out once, by a consumer or a canceller (B1, Q1)") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(1);
    q->with_queued(1);
    bool taken[3] = {};
    simulation::threads([&] { taken[0] = q->pop() == 0; }, [&] { taken[1] = q->remove(0); },
                        [&] { taken[2] = q->remove(0); });
    simulation::check(taken[0] + taken[1] + taken[2] == 1, "by one of them");
    q->check_all_taken();
  });
}

TEST_CASE("background queue: a canceller of a task that is pushed meanwhile finds it or not") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(2);
    q->with_queued(1);
    simulation::threads([&] { q->push(); }, [&] { q->pop(); }, [&] { q->remove(0); });
    q->check_all_taken();
  });
}

TEST_CASE("background queue: neighbours are taken out at the same time") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(3);
    q->with_queued(3);
    simulation::threads([&] { q->remove(1); }, [&] { q->remove(2); }, [&] { q->remove(0); });
    q->check_all_taken();
  });
}

TEST_CASE("background queue: a task that is moved to the front is taken out of the front (Q1)") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_one);
    q->with_queued(moves_one);
    simulation::threads([&] { q->pop(), q->pop(); }, [&] { q->remove(1); });
    q->check_all_taken();
  });
  simulate({.executions = 1'000}, [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_one);
    q->with_queued(moves_one);
    simulation::threads([&] { q->pop(), q->pop(); }, [&] { q->pop(); }, [&] { q->remove(1); });
    q->check_all_taken();
  });
}

TEST_CASE("background queue: a second task that is moved is taken out of the front as well (Q1)") {
  simulate({.executions = 100}, [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_two);
    q->with_queued(moves_two);
    q->pop();
    simulation::check(q->remove(2), "it was queued");
    q->check_all_taken();
  });
}

TEST_CASE("background queue: consumers take no task before an older one (Q2)") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_two);
    q->with_queued(moves_two);
    simulation::threads([&] { q->pop(), q->pop(); }, [&] { q->pop(), q->pop(); });
    q->check_all_taken();
  });
}

TEST_CASE("background queue: consumers that do not wait for locks take each task once (Q2, Q5)") {
  simulate_by_chance(1'000, 150, [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_one + 1);
    q->with_queued(moves_one);
    simulation::threads([&] { q->try_pop(), q->try_pop(); }, [&] { q->try_pop(); },
                        [&] { q->push(), q->remove(1); });
    q->check_all_taken();
  });
}

TEST_CASE("background queue: a look without the locks overlooks no queued task (Q3)") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_one);
    q->with_queued(moves_one);
    // Task 1 is moved to the front, and stays there.
    simulation::threads(
        [&] {
          q->pop();
          for (int n = 2; n < moves_one; ++n) q->remove(n);
        },
        [&] { simulation::check(!q->queue().empty(), "task 1 is queued all the time"); });
    q->check_all_taken();
  });
}

TEST_CASE("background queue: what one moves to the front another's count does not hide (Q3)") {
  simulate_by_chance(1'000, 150, [] {
    const auto q = std::make_unique<queue_of_tasks>(moves_one);
    q->with_queued(moves_one);
    simulation::threads([&] { q->pop(); },
                        [&] {
                          for (int n = 2; n < moves_one; ++n) q->remove(n);
                        },
                        [&] { simulation::check(!q->queue().empty(), "task 1 is queued"); });
    q->check_all_taken();
  });
}

// A spawner pushes and then looks for sleepers; a sleeper is counted and then looks for tasks.
TEST_CASE("background queue: a spawner sees the sleeper, or the sleeper the task (Q4)") {
  simulate(every_order(), [] {
    const auto q = std::make_unique<queue_of_tasks>(1);
    const auto sleepers = std::make_unique<std::atomic<int>>(0);
    bool spawner_sees = false;
    bool sleeper_sees = false;
    simulation::threads(
        [&] {
          q->push();
          spawner_sees = sleepers->load(std::memory_order_seq_cst) != 0;
        },
        [&] {
          sleepers->fetch_add(1, std::memory_order_seq_cst);
          sleeper_sees = !q->queue().empty();
        });
    simulation::check(spawner_sees || sleeper_sees, "one sees the other");
    q->check_all_taken();
  });
}

TEST_CASE("background queue: once it is closed no push from outside is under way") {
  simulate(preempted_with_locks(1), [] {
    const auto q = std::make_unique<queue_of_tasks>(3);
    bool all_in = false;
    simulation::threads(
        [&] {
          all_in = q->push() && q->push();
        },
        [&] {
          q->queue().close();
          // What was pushed before is here, and what comes later is refused.
          const std::uint64_t pushed = q->queue().pushed();
          int taken = 0;
          while (q->pop() >= 0) ++taken;
          simulation::check(pushed == static_cast<std::uint64_t>(taken), "nothing comes later");
          simulation::check(q->queue().pushed() == pushed, "and nothing after that");
        });
    simulation::check(!q->push(), "closed");
    simulation::check(q->push(true), "but not to the work that is waited for");
    q->check_all_taken();
  });
}
