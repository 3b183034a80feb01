// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a background task (B1 to B3): it runs once, or never if it was cancelled; every
// waiter returns after its end and sees its result; the last reference frees it.
#include "bare_pool.hpp"

#include <micropool/detail/sched/background_task.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

// What is known of a task, also when it is gone.
struct record {
  std::atomic<int> runs{0};
  std::atomic<int> discards{0};
  std::atomic<int> destroyed{0};
};

class counted_task : public detail::background_task {
public:
  counted_task(detail::pool_state& pool, record& r, std::uint32_t handle_count)
      : background_task(pool, &run, &manage), record_(r) {
    shared = handle_count > 1;
    handles.store(handle_count, std::memory_order_relaxed);
  }
  // By a thread that has found that the task has ended.
  void check_ended() const {
    const int runs = record_.runs.load(std::memory_order_relaxed);
    const int discards = record_.discards.load(std::memory_order_relaxed);
    simulation::check(runs + discards == 1, "B1: started once or never");
    simulation::check(cancelled == (discards == 1), "it says whether it was cancelled");
    simulation::check(cancelled || result_ == 42, "B3: the result is written before the end");
  }

private:
  static void run(detail::job& j, detail::participant& p) noexcept {
    auto& t = static_cast<counted_task&>(j);
    t.record_.runs.fetch_add(1, std::memory_order_relaxed);
    t.result_ = 42;
    detail::end_task(t, p);
  }
  static void manage(background_task& t, operation o) noexcept {
    auto& mine = static_cast<counted_task&>(t);
    if (o == operation::discard) {
      mine.record_.discards.fetch_add(1, std::memory_order_relaxed);
    } else {
      mine.record_.destroyed.fetch_add(1, std::memory_order_relaxed);
      delete &mine;
    }
  }

  record& record_;
  int result_ = 0;  // plain: published by the end
};

// Writes to the stack below, so that a use of what has lain there is a data race.
[[gnu::noinline]] void reuse_stack() {
  std::uintptr_t words[512];
  asm volatile("" : : "r"(words) : "memory");
  for (std::uintptr_t& w : words) w = 0;
  asm volatile("" : : "r"(words) : "memory");
}

// A pool with one task, which its threads may take.
class task_on_pool {
public:
  explicit task_on_pool(std::uint32_t handles)
      : task_(new counted_task(*pool_, record_, handles)) {
    detail::spawn(*task_);
  }
  ~task_on_pool() {
    // By then every handle is gone, and so is the task.
    simulation::check(record_.destroyed.load(std::memory_order_relaxed) == 1, "destroyed once");
    simulation::check(pool_->tasks_ended() == 1, "its end is counted once");
  }
  task_on_pool(const task_on_pool&) = delete;
  task_on_pool& operator=(const task_on_pool&) = delete;

  counted_task& task() { return *task_; }
  // What a worker does with the queue.
  void work() { run(take()); }
  detail::background_task* take() { return pool_->background.pop(0); }
  void run(detail::background_task* t) {
    const detail::participation here(detail::participation::visit{}, *pool_);
    if (t != nullptr) t->execute(*t, here.self());
  }
  // What the end of the pool does with it.
  void cancel_all() { detail::cancel_queued(*pool_); }
  // The holder of a handle joins the task.
  void join() {
    detail::join_task(*task_);
    reuse_stack();
    simulation::check(task_->has_ended(), "ended");
    task_->check_ended();
    detail::drop_shared(*task_);
  }

private:
  bare_pool pool_;
  record record_;
  counted_task* const task_;
};

}  // namespace

TEST_CASE("background task: a worker starts it, or one of two cancellers ends it (B1)") {
  const auto cancel = [](counted_task& t) {
    if (detail::cancel_task(t)) t.check_ended();
    detail::release(t);
  };
  simulate(preempted_with_locks(1), [&] {
    task_on_pool p(1);
    simulation::threads([&] { p.work(); }, [&] { cancel(p.task()); });
  });
  simulate_by_chance(2'000, 300, [&] {
    task_on_pool p(1);
    simulation::threads([&] { p.work(); }, [&] { p.cancel_all(); }, [&] { cancel(p.task()); });
  });
}

TEST_CASE("background task: a handle that sees the end sees the result (B3)") {
  simulate(preempted_with_locks(1), [] {
    task_on_pool p(1);
    simulation::threads([&] { p.work(); },
                        [&] {
                          if (p.task().has_ended()) p.task().check_ended();
                          detail::release(p.task());
                        });
  });
}

TEST_CASE("background task: a joiner runs it, or waits for the worker that has started it") {
  simulate(preempted_with_locks(1), [] {
    task_on_pool p(2);
    simulation::threads([&] { p.work(); }, [&] { p.join(); });
    p.join();
  });
}

TEST_CASE("background task: two joiners and a worker") {
  simulate_by_chance(2'000, 300, [] {
    task_on_pool p(2);
    simulation::threads([&] { p.work(); }, [&] { p.join(); }, [&] { p.join(); });
  });
}

TEST_CASE("background task: two joiners wait for a task that was started before") {
  auto how = preempted_with_locks(1);
  how.stale_reads = 0;
  simulate(how, [] {
    task_on_pool p(2);
    detail::background_task* const started = p.take();
    simulation::threads([&] { p.run(started); }, [&] { p.join(); }, [&] { p.join(); });
  });
}

TEST_CASE("background task: a joiner is told of a cancellation") {
  simulate(preempted_with_locks(1), [] {
    task_on_pool p(2);
    simulation::threads([&] { p.cancel_all(); }, [&] { p.join(); });
    p.join();
  });
}

TEST_CASE("background task: it is cancelled by the last handle if one of them wants that") {
  simulate_by_chance(2'000, 300, [] {
    task_on_pool p(3);
    simulation::threads([&] { p.work(); }, [&] { p.join(); },
                        [&] {
                          p.task().unwanted.store(true, std::memory_order_relaxed);
                          detail::drop_shared(p.task());
                        },
                        [&] { p.cancel_all(), detail::drop_shared(p.task()); });
  });
}
