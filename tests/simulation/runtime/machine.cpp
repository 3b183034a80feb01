// SPDX-License-Identifier: MIT OR Apache-2.0
#include "machine.hpp"

#include "heap.hpp"
#include "memory.hpp"
#include "stacks.hpp"
#include "threads.hpp"
#include "trace.hpp"

#include <sys/single_threaded.h>

#include <bit>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace simulation {

constinit machine world{};

namespace {

static_assert(max_threads <= 32);
std::uint32_t bit(unsigned id) noexcept { return std::uint32_t{1} << id; }

// Returns the threads among which the next step is decided.
std::uint32_t candidates() noexcept {
  std::uint32_t all = world.ready;
  std::uint32_t behind = 0;
  for (std::uint32_t left = all; left != 0; left &= left - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(left));
    if ((world.threads[id].behind & all) != 0) behind |= bit(id);
  }
  if (behind != all) return all & ~behind;
  // All have yielded to each other.
  for (std::uint32_t left = all; left != 0; left &= left - 1) {
    world.threads[std::countr_zero(left)].behind = 0;
  }
  return all;
}

void describe_waits() noexcept {
  static constexpr const char* names[] = {"nothing", "a futex", "a mutex", "a condition variable",
                                          "the end of a thread", "time to pass"};
  char text[400] = "";
  std::size_t used = 0;
  for (unsigned i = 0; i < world.count && used + 60 < sizeof text; ++i) {
    const thread& t = world.threads[i];
    if (t.state != thread_state::waiting) continue;
    used += static_cast<std::size_t>(
        std::snprintf(text + used, sizeof text - used, "; thread %u waits for %s at %p", i,
                      names[static_cast<unsigned>(t.waits_for)], t.waits_at));
  }
  fail("deadlock or lost wake-up%s", text);
}

// The earliest deadline passes.
void advance_time() noexcept {
  unsigned first = max_threads;
  for (std::uint32_t left = world.timed; left != 0; left &= left - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(left));
    if (first == max_threads || world.threads[id].deadline < world.threads[first].deadline) {
      first = id;
    }
  }
  thread& t = world.threads[first];
  if (world.now < t.deadline) world.now = t.deadline;
  t.timed_out = true;
  wake(first);
}

// Decides who goes on, and lets it.
void reschedule() noexcept {
  if (world.ready == 0) {
    if (world.timed == 0) {
      if (world.leaves_threads && world.threads[0].state == thread_state::ended) leave_for_host();
      describe_waits();
    }
    advance_time();
  }
  const std::uint32_t threads = candidates();
  const bool is_alone = (world.ready & (world.ready - 1)) == 0;
  const unsigned next = is_alone ? static_cast<unsigned>(std::countr_zero(world.ready))
                                 : world.decides->pick(threads, world.current);
  for (std::uint32_t left = world.ready; left != 0; left &= left - 1) {
    world.threads[std::countr_zero(left)].behind &= ~bit(next);
  }
  if (next == world.current) return;
  world.entries = 0;
  switch_to(next);
}

void count_step() noexcept {
  world.now += world.nanoseconds_per_step;
  if (++world.steps > world.step_limit) {
    fail("no end after %llu steps", static_cast<unsigned long long>(world.step_limit));
  }
}

// The calling thread has ended, which happens before the return of join_thread().
void end_thread() noexcept {
  thread& t = self();
  t.state = thread_state::ended;
  world.ready &= ~bit(world.current);
  wake_at(wait_kind::join, &t, max_threads);
  bool is_last = true;
  for (unsigned i = 0; i < world.count; ++i) {
    const thread_state s = world.threads[i].state;
    is_last &= s == thread_state::ended || s == thread_state::unused;
  }
  if (is_last) {
    if (world.checks_leaks) require_no_leaks();
    leave_for_host();
  }
  reschedule();
}

void reset() {
  __libc_single_threaded = 0;  // or reference counts would not be atomic
  ++world.execution;
  world.count = 0;
  world.current = 0;
  world.ready = 0;
  world.timed = 0;
  world.steps = 0;
  world.now = 1'000'000'000;
  world.lone_yields = 0;
  world.fence_count = 0;
  world.entries = 0;
  world.fences[0].fill(0);
  world.note_count = 0;
  world.failed = false;
  world.pruned = false;
  begin_memory();
  begin_heap();
}

// The memory of the simulated program, and of what is known of it.
void prepare_once() {
  if (world.fences != nullptr) return;
  map_arena();
  world.fences = static_cast<vector_clock*>(host_pages(sizeof(vector_clock) << 16));
  catch_faults();
}

}  // namespace

void fail(const char* format, ...) noexcept {
  world.active = false;
  if (!world.failed) {
    world.failed = true;
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(world.reason, sizeof world.reason, format, arguments);
    va_end(arguments);
    trace_failure();
  }
  leave_for_host();
}

void prune() noexcept {
  world.pruned = true;
  leave_for_host();
}

void point(const step_kind& step) noexcept {
  const bool was_active = world.active;
  world.active = false;
  self().next_step = step;
  count_step();
  if ((world.ready & (world.ready - 1)) != 0) reschedule();
  world.active = was_active;
}

// A thread that waits awake for one that sleeps until a deadline.
constexpr unsigned yields_until_time_passes = 256;

void yield() noexcept {
  const bool was_active = world.active;
  world.active = false;
  thread& t = self();
  t.next_step = {};
  count_step();
  t.behind = world.ready & ~bit(world.current);
  if (t.behind != 0) {
    world.lone_yields = 0;
    reschedule();
  } else if (world.timed != 0 && ++world.lone_yields % yields_until_time_passes == 0) {
    advance_time();
  }
  world.active = was_active;
}

void pause() noexcept {
  if (world.pauses_yield) yield();
}

std::uint64_t virtual_time() noexcept {
  // A thread that does nothing but look at the clock waits for time to pass.
  if (world.active) {
    world.active = false;
    count_step();
    world.active = true;
  }
  return world.now;
}

bool wait(wait_kind kind, const void* at, std::uint64_t deadline) noexcept {
  const bool was_active = world.active;
  world.active = false;
  thread& t = self();
  t.state = thread_state::waiting;
  t.waits_for = kind;
  t.waits_at = at;
  t.deadline = deadline;
  t.timed_out = false;
  t.next_step = {};
  world.ready &= ~bit(world.current);
  if (deadline != no_deadline) world.timed |= bit(world.current);
  reschedule();
  world.active = was_active;
  return !t.timed_out;
}

void wake(unsigned id) noexcept {
  thread& t = world.threads[id];
  t.state = thread_state::ready;
  t.waits_for = wait_kind::none;
  t.behind = 0;
  world.ready |= bit(id);
  world.timed &= ~bit(id);
}

unsigned wake_at(wait_kind kind, const void* at, unsigned n) noexcept {
  unsigned waiters[max_threads];
  unsigned count = 0;
  for (unsigned i = 0; i < world.count; ++i) {
    const thread& t = world.threads[i];
    if (t.state == thread_state::waiting && t.waits_for == kind && t.waits_at == at) {
      waiters[count++] = i;
    }
  }
  unsigned woken = 0;
  for (; woken < n && count > 0; ++woken) {
    const unsigned k = count > 1 && n < count ? world.decides->choose(count, decision::waiter) : 0;
    wake(waiters[k]);
    waiters[k] = waiters[--count];
  }
  return woken;
}

unsigned start_thread(void* (*function)(void*), void* argument) noexcept {
  unsigned id = 0;
  while (id < world.count && world.threads[id].state != thread_state::unused) ++id;
  if (id == max_threads) fail("more than %u threads at the same time", max_threads);
  thread& t = world.threads[id];
  const epoch before = id < world.count ? t.clock.at[id] : 0;
  t = {};
  t.at_release.fill(0);
  t.to_acquire.fill(0);
  t.clock.fill(0);
  if (id == world.count) ++world.count;
  if (world.ready != 0) {
    thread& parent = self();
    t.clock = parent.clock;
    t.fence = parent.fence;
    new_epoch(parent, world.current);
  }
  t.clock.at[id] = before + 1;
  t.function = function;
  t.argument = argument;
  t.state = thread_state::ready;
  prepare_stack(id, &end_thread);
  world.ready |= bit(id);
  return id;
}

void* join_thread(unsigned id) noexcept {
  thread& t = world.threads[id];
  point({reinterpret_cast<std::uintptr_t>(&t), false, false, false});
  while (t.state != thread_state::ended) wait(wait_kind::join, &t);
  self().clock.join(t.clock);
  if (t.fence > self().fence) self().fence = t.fence;
  t.state = thread_state::unused;
  return t.result;
}

bool run(void (*body)(void*), void* argument) {
  prepare_once();
  reset();
  struct root {
    void (*body)(void*);
    void* argument;
  };
  root r{body, argument};
  start_thread(
      [](void* p) -> void* {
        const root& of = *static_cast<root*>(p);
        of.body(of.argument);
        return nullptr;
      },
      &r);
  enter_from_host();
  end_memory();
  return !world.failed;
}

}  // namespace simulation
