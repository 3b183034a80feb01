// SPDX-License-Identifier: MIT OR Apache-2.0
// scope_data: one scope with its outstanding children, first exception and stop request.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/sched/suspension.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

namespace micropool::detail {

struct scope_data;

// The completion to which the body of an awaited scope reports if it ends detached.
struct body_completion : completion {
  explicit body_completion(scope_data& s) noexcept;
  scope_data& scope;
};

// Tokens: one per child, one for the body, and in an awaited scope one for the awaiting parent.
// They are counted in the control, together with everything that a scope_ref may access after the
// scope has ended. Lives on the opener's stack or in its coroutine frame until the last token has
// been returned.
struct MICROPOOL_API scope_data : completion {
  // A blocking scope. `opener` is the participant that opens it and sees its end. Throws
  // std::bad_alloc.
  scope_data(blocked_call& call, participant& opener);
  // An awaited scope. Throws std::bad_alloc.
  explicit scope_data(frame& parent);
  ~scope_data();

  // Returns the number of the next child. Numbers decide which child's exception is rethrown.
  std::uint64_t next_number() noexcept { return forked.fetch_add(1, std::memory_order_relaxed); }
  // Publishes a child. Its token must have been added, and its number and home set.
  void fork(job& child) noexcept;

  // Records the exception of a failed child, unless one of a lower number has failed, and requests
  // stop.
  void fail(std::uint64_t number, std::exception_ptr e) noexcept;
  // Returns tokens; the last one resumes the parent or wakes the blocked caller.
  // LAST TOUCH: after this the scope may be gone.
  void arrive(participant& p, std::int64_t n = 1) noexcept;

  // Of an awaited scope whose body has ended inline: the tokens of the body and of the parent.
  static constexpr std::int64_t own_tokens = 2;
  // Runs the children at `base` or above that were not stolen, nested on this stack; those that
  // suspend stay suspended. Returns true if the scope has ended then.
  bool ends_here(participant& p, participant::index base, modes of_code) noexcept {
    if (p.jobs.bottom() != base) run_own_jobs(p, base, of_code, p.run.yields_to_foreground);
    return control.end_if_only_mine(own_tokens);
  }
  // For the await_suspend of the parent, which holds `mine` tokens.
  bool suspend_parent(std::int64_t mine = own_tokens) noexcept {
    return suspend_unless(*parent, [this, mine]() noexcept { return control.arrive(mine); });
  }

  scope_control& control;
  const std::uint32_t generation;
  body_completion body_end;
  inbox* const home;
  frame* const parent;          // of an awaited scope: the coroutine that awaits it; else null
  blocked_call* const blocked;  // of a blocking scope: the call that waits for it; else null
  participant* const opener;    // of a blocking scope: the participant that has opened it
  std::atomic<std::uint64_t> forked{0};
  std::mutex rare;  // guards the two below
  std::exception_ptr first_exception;
  std::uint64_t first_failed = 0;
};

// While it exists, children of this scope, and of no other, may be pushed to the participant's
// deque (scope_data::fork). Its destructor restores the outer state, unless the fiber has migrated.
class forking_here {
public:
  forking_here(participant& p, scope_data* s) noexcept
      : self_(p),
        began_(p),
        outer_(p.run.fork_scope),
        outer_bottom_(p.run.fork_bottom),
        resumed_(std::exchange(p.run.resumed, nullptr)) {
    p.run.fork_scope = s;
    p.run.fork_bottom = p.jobs.bottom();
  }
  ~forking_here() {
    if (began_.migrated()) return;
    self_.run.fork_scope = outer_;
    self_.run.fork_bottom = outer_bottom_;
    self_.run.resumed = resumed_;
  }
  forking_here(const forking_here&) = delete;
  forking_here& operator=(const forking_here&) = delete;

private:
  participant& self_;
  const migration_check began_;
  scope_data* outer_;
  participant::index outer_bottom_;
  frame* resumed_;
};

}  // namespace micropool::detail
