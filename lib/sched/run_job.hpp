// SPDX-License-Identifier: MIT OR Apache-2.0
// Running a job: the bottom of every stack of coroutines.
#pragma once

#include "lift.hpp"
#include "pool_state.hpp"

#include <algorithm>
#include <utility>

namespace micropool::detail {

// How much stack nested children may use above a bottom before they are sent back to it. More
// means fewer suspensions in deep recursions, less means a smaller footprint in the cache.
inline constexpr std::uintptr_t nesting_budget = std::uintptr_t{256} << 10;

// Sets up a new bottom on this stack and puts the one below back in the end. A blocked call may
// come from a coroutine, whose own bottom must find its marks unchanged.
class bottom {
public:
  explicit bottom(participant_state& p) noexcept
      : self_(p),
        unwinding_(std::exchange(p.unwinding, false)),
        next_(std::exchange(p.next, nullptr)),
        resumed_(std::exchange(p.resumed, nullptr)),
        resumed_bottom_(p.resumed_bottom),
        fork_scope_(std::exchange(p.fork_scope, nullptr)),
        fork_bottom_(p.fork_bottom),
        gives_way_(std::exchange(p.gives_way, false)),
        stack_limit_(p.stack_limit) {
    p.stack_limit = std::max(stack_position() - nesting_budget, p.stack_floor);
  }
  ~bottom() {
    self_.unwinding = unwinding_;
    self_.next = next_;
    self_.resumed = resumed_;
    self_.resumed_bottom = resumed_bottom_;
    self_.fork_scope = fork_scope_;
    self_.fork_bottom = fork_bottom_;
    self_.gives_way = gives_way_;
    self_.stack_limit = stack_limit_;
  }
  bottom(const bottom&) = delete;
  bottom& operator=(const bottom&) = delete;

private:
  participant_state& self_;
  bool unwinding_;
  frame* next_;
  frame* resumed_;
  participant::index resumed_bottom_;
  scope_data* fork_scope_;
  participant::index fork_bottom_;
  bool gives_way_;
  std::uintptr_t stack_limit_;
};

// Everything on the stack above this bottom has returned: resumes what became ready meanwhile, one
// after the other, so that no chain of parents nests.
inline void resume_next(participant_state& p) noexcept {
  while (frame* f = std::exchange(p.next, nullptr)) {
    p.unwinding = false;
    p.fork_scope = nullptr;
    p.resumed = f;
    p.resumed_bottom = p.jobs.bottom();
    f->detached = true;  // J3
    f->runner = &p;
    f->handle().resume();
  }
  p.unwinding = false;
  p.fork_scope = nullptr;
  p.resumed = nullptr;
}

inline void run_job(participant_state& p, job& j) noexcept {
  p.jobs_run.add();
  if (j.execute == nullptr) {
    p.next = static_cast<frame*>(&j);
  } else {
    j.execute(j, p);
  }
  resume_next(p);
}

// Begins a stint: from now on what this participant pushes descends from the work found.
inline void begin_stint(participant_state& p, const found_work& f) noexcept {
  p.change_stint();
  // [release: stint.change] first the base, then the stint that it belongs to.
  p.base.store(p.jobs.bottom(), std::memory_order_release);
  work_for(p, *f.belongs_to);
  // [release: stint.change] as above.
  p.current.store(f.origin, std::memory_order_release);
  // Sleepers may accept what they did not accept before (S4).
  p.sleeper_hint.store(true, std::memory_order_relaxed);
}

// A stint inside another, of a blocked participant that helps.
class nested_stint {
public:
  nested_stint(participant_state& p, const found_work& f) noexcept
      : self_(p),
        current_(p.current.load(std::memory_order_relaxed)),
        base_(p.base.load(std::memory_order_relaxed)) {
    if (f.origin != current_) begin_stint(p, f);
  }
  ~nested_stint() {
    self_.change_stint();
    // [release: stint.change] first the stint, then the base: never a stint with a base below its
    // own.
    self_.current.store(current_, std::memory_order_release);
    self_.base.store(base_, std::memory_order_release);
    self_.sleeper_hint.store(true, std::memory_order_relaxed);
  }
  nested_stint(const nested_stint&) = delete;
  nested_stint& operator=(const nested_stint&) = delete;

private:
  participant_state& self_;
  stint current_;
  participant::index base_;
};

}  // namespace micropool::detail
