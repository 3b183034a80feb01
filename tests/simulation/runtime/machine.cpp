// SPDX-License-Identifier: MIT OR Apache-2.0
#include "machine.hpp"

#include "heap.hpp"
#include "layout.hpp"
#include "memory.hpp"
#include "threads.hpp"
#include "tls.hpp"
#include "trace.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <sys/mman.h>
#include <sys/single_threaded.h>

#include <bit>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace context = boost::context::detail;

namespace simulation {

constinit machine world{};

namespace {

static_assert(max_threads <= 32);
std::uint32_t bit(unsigned id) noexcept { return std::uint32_t{1} << id; }

char* stack_top(unsigned id) noexcept {
  return reinterpret_cast<char*>(stacks_base + (id + 1) * stack_size);
}

// Goes on on the stack `to`. The other side stores where this one goes on, in *from.
void jump(void* to, void** from) noexcept {
  const context::transfer_t back = context::jump_fcontext(to, from);
  *static_cast<void**>(back.data) = back.fctx;
}

void switch_to(unsigned next) noexcept {
  thread& from = self();
  world.current = next;
  set_thread_pointer(world.threads[next].tls);
  jump(world.threads[next].context, &from.context);
}

[[noreturn]] void leave_for_host() noexcept {
  static constinit void* nowhere = nullptr;
  world.active = false;
  set_thread_pointer(world.host_tls);
  jump(world.host_context, &nowhere);
  std::abort();
}

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
    if (world.timed == 0) describe_waits();
    advance_time();
  }
  const std::uint32_t threads = candidates();
  const bool is_alone = (world.ready & (world.ready - 1)) == 0;
  const unsigned next = is_alone ? static_cast<unsigned>(std::countr_zero(world.ready))
                                 : world.decides->pick(threads, world.current);
  for (std::uint32_t left = world.ready; left != 0; left &= left - 1) {
    world.threads[std::countr_zero(left)].behind &= ~bit(next);
  }
  if (next != world.current) switch_to(next);
}

void count_step() noexcept {
  world.now += 10;
  if (++world.steps > world.step_limit) {
    fail("no end after %llu steps", static_cast<unsigned long long>(world.step_limit));
  }
}

void run_exit_calls(thread& t) noexcept {
  while (t.exit_call_count > 0) {
    const thread_exit_call c = t.exit_calls[--t.exit_call_count];
    c.function(c.object);
  }
  run_key_destructors();
}

// The first code on a simulated thread's stack.
void enter(context::transfer_t from) noexcept {
  *static_cast<void**>(from.data) = from.fctx;
  thread& t = self();
  world.active = true;
  t.result = t.function(t.argument);
  run_exit_calls(t);
  world.active = false;
  // [its end happens before the return of join_thread()]
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
  std::abort();
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
  world.fence_count = 0;
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
  void* const arena = ::mmap(reinterpret_cast<void*>(arena_base), arena_size,
                             PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (arena != reinterpret_cast<void*>(arena_base)) {
    std::fputs("the simulated machine finds its addresses in use\n", stderr);
    std::abort();
  }
  world.fences = static_cast<vector_clock*>(host_pages(sizeof(vector_clock) << 16));
  world.host_tls = thread_pointer();
  catch_faults();
}

}  // namespace

void* host_pages(std::size_t bytes) {
  void* const p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) std::abort();
  return p;
}

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

void yield() noexcept {
  const bool was_active = world.active;
  world.active = false;
  thread& t = self();
  t.next_step = {};
  count_step();
  t.behind = world.ready & ~bit(world.current);
  if (t.behind != 0) reschedule();
  else if (world.timed != 0) advance_time();
  world.active = was_active;
}

void pause() noexcept { yield(); }

std::uint64_t virtual_time() noexcept { return world.now; }

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
  t.tls = fresh_tls(id);
  t.context = context::make_fcontext(stack_top(id) - 64, stack_size - 64, &enter);
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
  set_thread_pointer(world.threads[0].tls);
  jump(world.threads[0].context, &world.host_context);
  end_memory();
  return !world.failed;
}

}  // namespace simulation
