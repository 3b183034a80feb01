// SPDX-License-Identifier: MIT OR Apache-2.0
// The machine (runtime/machine.hpp) and its memory (runtime/memory.hpp) with clocks instead of
// decisions: whose clock is behind goes on.
#include "../runtime/machine.hpp"

#include "../runtime/heap.hpp"
#include "../runtime/memory.hpp"
#include "../runtime/stacks.hpp"
#include "../runtime/threads.hpp"
#include "../runtime/tls.hpp"
#include "../runtime/trace.hpp"
#include "clocks.hpp"

#include <sys/single_threaded.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace simulation {

constinit machine world{};

namespace {

using namespace timed;

struct core_state {
  ticks clock;
  ticks asleep_since;
  bool is_asleep;
};

struct ready_thread {
  ticks clock;
  std::uint64_t number;  // of those with the same time, the first in line
  unsigned id;
  bool operator>(const ready_thread& other) const noexcept {
    return clock != other.clock ? clock > other.clock : number > other.number;
  }
};

struct timed_state {
  core_state cores[max_threads];
  ready_thread ready[max_threads];  // a heap
  unsigned ready_count;
  std::uint64_t pushes;
  costs prices;
  std::uint64_t wakes;
  std::uint64_t sleeps;
  ticks asleep;
  unsigned running;
};
constinit timed_state now_is{};

ticks& clock_of(unsigned id) noexcept { return now_is.cores[id].clock; }
void add_ready(unsigned id) noexcept {
  now_is.ready[now_is.ready_count++] = {clock_of(id), now_is.pushes++, id};
  std::push_heap(now_is.ready, now_is.ready + now_is.ready_count, std::greater{});
}
unsigned take_ready() noexcept {
  std::pop_heap(now_is.ready, now_is.ready + now_is.ready_count, std::greater{});
  return now_is.ready[--now_is.ready_count].id;
}

// The earliest of those that sleep until a time.
unsigned first_timed() noexcept {
  unsigned first = max_threads;
  for (unsigned i = 0; i < world.count; ++i) {
    const thread& t = world.threads[i];
    if (t.state != thread_state::waiting || t.deadline == no_deadline) continue;
    if (first == max_threads || t.deadline < world.threads[first].deadline) first = i;
  }
  return first;
}

void end_sleep(unsigned id, ticks at) noexcept {
  core_state& c = now_is.cores[id];
  c.clock = std::max(c.clock, at);
  if (c.is_asleep) now_is.asleep += c.clock - c.asleep_since;
  c.is_asleep = false;
  world.threads[id].state = thread_state::ready;
  world.threads[id].waits_for = wait_kind::none;
  ++now_is.running;
  add_ready(id);
}

// Deadlines that have passed by the time of the next thread end the waits.
void end_timed_waits() noexcept {
  if (world.timed == 0) return;
  for (;;) {
    const unsigned id = first_timed();
    if (id == max_threads) return;
    thread& t = world.threads[id];
    if (now_is.ready_count > 0 && to_ticks(static_cast<double>(t.deadline)) > now_is.ready[0].clock) {
      return;
    }
    t.timed_out = true;
    --world.timed;
    end_sleep(id, to_ticks(static_cast<double>(t.deadline)));
  }
}

void go_on_elsewhere() noexcept {
  end_timed_waits();
  if (now_is.ready_count == 0) fail("deadlock or lost wake-up");
  const unsigned next = take_ready();
  if (next != world.current) switch_to(next);
}

void end_thread() noexcept {
  thread& t = self();
  t.state = thread_state::ended;
  --now_is.running;
  wake_at(wait_kind::join, &t, max_threads);
  const bool is_last = std::all_of(world.threads, world.threads + world.count, [](const thread& x) {
    return x.state == thread_state::ended || x.state == thread_state::unused;
  });
  if (is_last) leave_for_host();
  go_on_elsewhere();
}

}  // namespace

namespace timed {

const costs& prices() noexcept { return now_is.prices; }
ticks& my_clock() noexcept { return clock_of(world.current); }
unsigned running_threads() noexcept { return now_is.running; }

void keep_order(ticks ahead) noexcept {
  if (now_is.ready_count == 0 || now_is.ready[0].clock + ahead >= my_clock()) return;
  add_ready(world.current);
  go_on_elsewhere();
}

}  // namespace timed

void fail(const char* format, ...) noexcept {
  world.active = false;
  set_thread_pointer(world.host_tls);
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::_Exit(1);
}

// There is one execution only.
void prune() noexcept { std::abort(); }
void point(const step_kind&) noexcept {}

void yield() noexcept {
  const in_runtime runtime;
  my_clock() += to_ticks(now_is.prices.yield);
  keep_order(0);
}
void pause() noexcept {
  const in_runtime runtime;
  my_clock() += to_ticks(now_is.prices.pause);
  keep_order(0);
}

std::uint64_t virtual_time() noexcept {
  my_clock() += to_ticks(now_is.prices.clock);
  return my_clock() / 1000;
}

bool wait(wait_kind kind, const void* at, std::uint64_t deadline) noexcept {
  const in_runtime runtime;
  thread& t = self();
  my_clock() += to_ticks(now_is.prices.sleep);
  t.state = thread_state::waiting;
  t.waits_for = kind;
  t.waits_at = at;
  t.deadline = deadline;
  t.timed_out = false;
  if (deadline != no_deadline) ++world.timed;
  core_state& c = now_is.cores[world.current];
  c.is_asleep = true;
  c.asleep_since = c.clock;
  ++now_is.sleeps;
  --now_is.running;
  go_on_elsewhere();
  return !t.timed_out;
}

void wake(unsigned id) noexcept {
  if (world.threads[id].deadline != no_deadline) --world.timed;
  ++now_is.wakes;
  end_sleep(id, my_clock() + to_ticks(now_is.prices.until_it_runs));
}

unsigned wake_at(wait_kind kind, const void* at, unsigned n) noexcept {
  unsigned woken = 0;
  for (unsigned i = 0; i < world.count && woken < n; ++i) {
    const thread& t = world.threads[i];
    if (t.state != thread_state::waiting || t.waits_for != kind || t.waits_at != at) continue;
    my_clock() += to_ticks(now_is.prices.wake);
    wake(i);
    ++woken;
  }
  if (woken == 0 && kind == wait_kind::futex) my_clock() += to_ticks(now_is.prices.wake_none);
  return woken;
}

unsigned start_thread(void* (*function)(void*), void* argument) noexcept {
  unsigned id = 0;
  while (id < world.count && world.threads[id].state != thread_state::unused) ++id;
  if (id == max_threads) fail("more than %u threads at the same time", max_threads);
  const bool has_parent = now_is.running > 0;
  thread& t = world.threads[id];
  std::memset(&t, 0, sizeof t);
  t.deadline = no_deadline;
  if (id == world.count) ++world.count;
  t.function = function;
  t.argument = argument;
  t.state = thread_state::ready;
  prepare_stack(id, &end_thread);
  ++now_is.running;
  now_is.cores[id] = {};
  if (has_parent) {
    my_clock() += to_ticks(now_is.prices.start_thread);
    clock_of(id) = my_clock() + to_ticks(now_is.prices.until_it_runs);
    add_ready(id);
  } else {
    clock_of(id) = to_ticks(1e9);
  }
  return id;
}

void* join_thread(unsigned id) noexcept {
  thread& t = world.threads[id];
  while (t.state != thread_state::ended) wait(wait_kind::join, &t);
  t.state = thread_state::unused;
  return t.result;
}

bool run(void (*body)(void*), void* argument) {
  ::__libc_single_threaded = 0;
  map_arena();
  world.recycles = true;
  world.has_membarrier = true;
  // Nothing is left to decide.
  const auto plain = replay({});
  world.decides = plain.get();
  begin_heap();
  struct root {
    void (*body)(void*);
    void* argument;
  };
  static constinit root r{};
  r = {body, argument};
  start_thread(
      [](void*) -> void* {
        r.body(r.argument);
        return nullptr;
      },
      nullptr);
  enter_from_host();
  return true;
}

// What the other machine looks for.
void forget_block(std::uintptr_t, std::size_t) noexcept {}
std::size_t touched_statics() noexcept { return 0; }
std::uintptr_t touched_static(std::size_t) noexcept { return 0; }
void record(const event&) noexcept {}

namespace timed {

void run(const topology& on, const costs& prices, void (*program)(void*), void* argument) {
  now_is.prices = prices;
  begin_lines(on, prices);
  simulation::run(program, argument);
}

double now() noexcept { return static_cast<double>(my_clock()) / ticks_per_ns; }

void work(double ns) noexcept {
  const in_runtime runtime;
  my_clock() += to_ticks(ns);
  keep_order(0);
}

void forget() noexcept {
  const in_runtime runtime;
  now_is.wakes = now_is.sleeps = 0;
  accesses = {};
  now_is.asleep = 0;
  forget_transfers();
}

report counted() {
  const in_runtime runtime;
  return {accesses.steps, transfers_so_far(), now_is.wakes, now_is.sleeps, accesses.fences,
          static_cast<double>(now_is.asleep) / ticks_per_ns, worst_places()};
}

}  // namespace timed

}  // namespace simulation
