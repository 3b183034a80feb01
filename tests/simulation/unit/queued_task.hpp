// SPDX-License-Identifier: MIT OR Apache-2.0
// Background tasks that a test queues and takes out itself. They are never run.
#pragma once

#include "bare_pool.hpp"

#include <micropool/detail/sched/background_task.hpp>

#include <deque>

namespace micropool_test {

struct queued_task : micropool::detail::background_task {
  queued_task(micropool::detail::pool_state& pool, int n)
      : background_task(
            pool, [](micropool::detail::job&, micropool::detail::participant&) noexcept {},
            [](background_task&, operation) noexcept {}),
        number(n) {}
  const int number;
  int written = 0;  // plain: published by the queue
  std::atomic<int> taken{0};

  void take() {
    simulation::check(taken.fetch_add(1, std::memory_order_relaxed) == 0, "taken once");
    simulation::check(written == number, "published");
  }
};

// A pool with tasks, all of one lane, of which the first ones are queued.
class queue_of_tasks {
public:
  explicit queue_of_tasks(int tasks) {
    for (int n = 0; n < tasks; ++n) tasks_.emplace_back(*pool_, n);
  }
  queue_of_tasks& with_queued(int n) {
    while (pushed_ < n) push();
    return *this;
  }

  micropool::detail::background_queue& queue() { return pool_->background; }
  micropool::detail::pool_state& pool() { return *pool_; }
  queued_task& at(int n) { return tasks_[static_cast<std::size_t>(n)]; }

  // By the one producer.
  bool push(bool inside = false) {
    queued_task& t = at(pushed_);
    t.written = t.number;
    if (!queue().push(t, lane, inside)) return false;
    ++pushed_;
    return true;
  }
  // By a consumer; returns the number of the task, or -1.
  int pop() { return take(queue().pop(lane)); }
  // The same for one that does not wait for locks.
  int try_pop() {
    bool refused = false;
    return take(queue().try_pop(lane, refused));
  }
  bool remove(int n) {
    if (!queue().remove(at(n))) return false;
    at(n).take();
    return true;
  }
  // When nothing else runs.
  void check_all_taken() {
    while (pop() >= 0) {
    }
    for (int n = 0; n < pushed_; ++n) {
      simulation::check(at(n).taken.load(std::memory_order_relaxed) == 1, "taken in the end");
    }
    simulation::check(queue().empty() && queue().waiting() == 0, "nothing is left");
    simulation::check(queue().pushed() == static_cast<std::uint64_t>(pushed_), "all are counted");
  }

  static constexpr std::uint64_t lane = 3;

private:
  int take(micropool::detail::background_task* popped) {
    auto* const t = static_cast<queued_task*>(popped);
    if (t == nullptr) return -1;
    for (int n = 0; n < t->number; ++n) {
      simulation::check(!is_queued_now(at(n)), "Q2: no older task is queued");
    }
    t->take();
    return t->number;
  }
  // Looks at the memory itself, as no thread of the program could.
  __attribute__((no_sanitize("thread"))) static bool is_queued_now(const queued_task& t) {
    std::uintptr_t word;
    __builtin_memcpy(&word, &t.list, sizeof word);
    return word != 0;
  }

  bare_pool pool_;
  std::deque<queued_task> tasks_;
  int pushed_ = 0;
};

}  // namespace micropool_test
