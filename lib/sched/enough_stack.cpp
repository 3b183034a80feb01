// SPDX-License-Identifier: MIT OR Apache-2.0
#include "enough_stack.hpp"

#include "run_job.hpp"

#include "../work/more_stack.hpp"

#include <micropool/detail/sched/scheduler.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>

namespace micropool::detail {
namespace {

// Large, so that a deep chain needs few: each keeps a margin for user code, which the next stack
// cannot use. Costs address space; memory only where it is touched.
constexpr std::size_t least_size = std::size_t{1} << 20;

// While it exists, the participant runs on that stack.
class stack_change {
public:
  stack_change(participant_state& p, const stack_bounds& to) noexcept
      : self_(p), beneath_(p.stack), limit_(p.run.stack_limit) {
    p.stack = to;
    p.run.stack_limit = std::max(to.top - nesting_budget, to.floor);
  }
  ~stack_change() {
    self_.stack = beneath_;
    self_.run.stack_limit = limit_;
  }
  stack_change(const stack_change&) = delete;
  stack_change& operator=(const stack_change&) = delete;

private:
  participant_state& self_;
  const stack_bounds beneath_;
  const std::uintptr_t limit_;
};

// Returns true if more than half of the margin below the floor is left.
bool is_something_left(const stack_bounds& s) noexcept {
  return s.is_here() && stack_position() - s.lowest > (s.floor - s.lowest) / 2;
}

}  // namespace

void run_on_more_stack(participant_state& p, stack_body body, void* argument) {
  more_stack more(std::max(least_size, p.pool->options.stacks.size));
  const stack_change there(p, more.bounds());
  more.call(body, argument);
}

void run_on_more_stack_or_here(participant_state& p, stack_body body, void* argument) noexcept {
  try {
    return run_on_more_stack(p, body, argument);
  } catch (const std::exception& e) {
    if (is_something_left(p.stack)) return body(argument);
    std::fprintf(stderr,
                 "micropool: a blocked call (join, scope, loop, sync_wait or the like) has used up "
                 "its thread's stack, or runs on one of the program's own, and cannot continue on "
                 "another. %s\n",
                 e.what());
    std::terminate();
  }
}

void call_with_enough_stack(participant& p, stack_body body, void* argument) {
  with_enough_stack(state_of(p), [&]() noexcept { body(argument); });
}

}  // namespace micropool::detail
