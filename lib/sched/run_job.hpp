// SPDX-License-Identifier: MIT OR Apache-2.0
// Running a job: the bottom of every stack of coroutines.
#pragma once

#include "pool_state.hpp"

#include <algorithm>
#include <utility>

namespace micropool::detail {

// Shows the task as begun, for the notice of a shutdown that takes long (shutdown_wait.cpp).
// Called by a participant of the task's pool that begins it; end_task() takes the entry back.
inline void show_begun(background_task& t, participant_state& by) noexcept {
  t.shown_as = by.begun.add(t.spawned_at);
  t.shown_by = static_cast<std::uint16_t>(by.id);
}

// How much stack nested children may use above a bottom before they suspend and run from it. More
// means fewer suspensions in deep recursions, less means a smaller footprint in the cache.
inline constexpr std::uintptr_t nesting_budget = std::uintptr_t{256} << 10;

inline void set_stack_limit(participant_state& p) noexcept {
  p.run.stack_limit = std::max(stack_position() - nesting_budget, p.stack.floor);
}

// Sets up a new bottom on this stack, and restores the one below on destruction: a blocked call may
// come from a coroutine, whose own bottom must find its state unchanged. It may also come from
// code that has changed the floating-point environment: what runs above the bottom runs in that of
// the root, on whatever thread, and the code gets its own environment back. Reading the registers
// costs as much as a fork. So it is left out where the code below is known to run in the root's
// environment, and what a job has changed and not restored is not looked for.
class bottom {
public:
  explicit bottom(participant_state& p, modes of_code = modes::unknown) noexcept
      : self_(p),
        beneath_(std::exchange(p.run, {})),
        environment_(p.environment.load(std::memory_order_relaxed)) {
    if constexpr (MICROPOOL_DEBUG_CHECKS) code_of_ = p.code_of;
    if (of_code == modes::unknown) {
      const float_environment of_root = std::exchange(environment_, float_environment::here());
      of_root.enter_from(environment_);
    }
    set_stack_limit(p);
  }
  ~bottom() {
    self_.run = beneath_;
    if constexpr (MICROPOOL_DEBUG_CHECKS) self_.code_of = code_of_;
    if (environment_ != self_.environment.load(std::memory_order_relaxed)) [[unlikely]] {
      environment_.enter();
    }
  }
  bottom(const bottom&) = delete;
  bottom& operator=(const bottom&) = delete;

private:
  participant_state& self_;
  const run_state beneath_;
  float_environment environment_;
  // With debug checks only. A frame that is resumed above may belong to a call whose end is near.
  inbox_group* code_of_ = nullptr;
};

// Notes to which group the code belongs that runs next, for the debug check of circles of waits.
class code_note {
public:
  code_note(participant_state& p, inbox_group* of) noexcept : self_(p), before_(p.code_of) {
    p.code_of = of;
  }
  ~code_note() { self_.code_of = before_; }
  code_note(const code_note&) = delete;
  code_note& operator=(const code_note&) = delete;

private:
  participant_state& self_;
  inbox_group* before_;
};

[[noreturn]] MICROPOOL_COLD inline void report_dropped_body(const frame& f) noexcept {
  const background_task* const t = f.home->group->task;
  fail_without_result({}, f.body.where(), t != nullptr ? t->spawned_at : std::source_location());
}

// Resumes a frame from the bottom. LAST TOUCH: the frame may run elsewhere, or be gone.
inline void resume(participant_state& p, frame& f) noexcept {
  p.run.suspending = false;
  p.run.fork_scope = nullptr;
  p.run.resumed = &f;
  p.run.resumed_bottom = p.jobs.bottom();
  f.detached = true;  // J3
  f.runner = &p;
  if constexpr (MICROPOOL_DEBUG_CHECKS) p.code_of = f.home->group;
  f.handle().resume();
  // A frame that has suspended or ended clears `resumed`. If it is still set, the body has done
  // neither: the compiler has dropped it.
  if (p.run.resumed != nullptr) [[unlikely]] report_dropped_body(f);
}

// Everything on the stack above this bottom has returned: resumes what became ready meanwhile, one
// frame after the other, so that chains of parents do not nest.
inline void resume_next(participant_state& p) noexcept {
  while (frame* f = std::exchange(p.run.next, nullptr)) resume(p, *f);
  p.run.suspending = false;
  p.run.fork_scope = nullptr;
}

inline void run_noted_job(participant_state& p, job& j) noexcept {
  if (j.execute == nullptr) {
    p.run.next = static_cast<frame*>(&j);
  } else {
    j.execute(j, p);
  }
  resume_next(p);
}

inline void run_job(participant_state& p, job& j) noexcept {
  p.jobs_run.add();
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    const code_note note(p, j.home != nullptr ? j.home->group : nullptr);
    run_noted_job(p, j);
  } else {
    run_noted_job(p, j);
  }
}

// Shows that the participant is about to work for this root (L2). Requires an empty deque, or one
// with jobs of this root only.
inline void work_for(participant_state& p, const root& r) noexcept {
  const root_tag tag = tag_of(r);
  if (!tag.background()) {
    // [release: origin.change] between the base and the work unit.
    p.working_for.store(tag, std::memory_order_release);
    return;
  }
  // [seq_cst: root.lift] [release: origin.change] shown before the second look.
  p.working_for.exchange(tag, std::memory_order_seq_cst);
  const root_tag now = tag_of(r);
  // Only if it has been lifted: otherwise a lifter may have changed the tag since.
  // [release: origin.change] as above.
  if (now != tag) p.working_for.store(now, std::memory_order_release);
}

// Begins a work unit: what this participant pushes from now on descends from the work found.
inline void begin_work(participant_state& p, const found_work& f) noexcept {
  p.change_work();
  // [release: origin.change] first the base, then the work unit that it belongs to.
  p.base.store(p.jobs.bottom(), std::memory_order_release);
  work_for(p, *f.belongs_to);
  // [release: origin.change] as the root.
  p.environment.store(f.environment, std::memory_order_release);
  f.environment.enter();
  // [release: origin.change] as above.
  p.current.store(f.origin, std::memory_order_release);
  // Waiters may accept now what they did not accept before, and may be asleep (S4).
  p.sleeper_hint.store(true, std::memory_order_relaxed);
}

// A work unit inside another, of a blocked participant that helps, in the same environment (L4).
class nested_work {
public:
  nested_work(participant_state& p, const found_work& f) noexcept
      : self_(p),
        current_(p.current.load(std::memory_order_relaxed)),
        base_(p.base.load(std::memory_order_relaxed)) {
    if (f.origin != current_) begin_work(p, f);
  }
  ~nested_work() {
    self_.change_work();
    // [release: origin.change] first the work unit, then the base: never a work unit with a base
    // below its own.
    self_.current.store(current_, std::memory_order_release);
    self_.base.store(base_, std::memory_order_release);
    self_.sleeper_hint.store(true, std::memory_order_relaxed);
  }
  nested_work(const nested_work&) = delete;
  nested_work& operator=(const nested_work&) = delete;

private:
  participant_state& self_;
  work_origin current_;
  participant::index base_;
};

}  // namespace micropool::detail
