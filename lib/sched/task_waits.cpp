// SPDX-License-Identifier: MIT OR Apache-2.0
// Waits for background tasks: a thread or coroutine that waits starts the task itself if it may, and
// otherwise is told of its end.
#include <micropool/detail/sched/background_task.hpp>

#include "enough_stack.hpp"
#include "find_work.hpp"
#include "loops.hpp"
#include "run_job.hpp"
#include "visit.hpp"
#include "wait_graph.hpp"

#include <optional>

namespace micropool::detail {
namespace {

bool claim(background_task& t) noexcept { return t.pool->background.remove(t); }

// Claims the task for a waiter. Returns true if the waiter may start it in place, as its own
// child. Otherwise another thread has started the task, or it now waits in its own inbox (B4).
bool claim_for(background_task& t, const root& waiter, float_environment of_waiter) noexcept {
  if (!claim(t)) return false;
  const bool own_root = t.shared && (t.coroutine != nullptr || tag_of(waiter).background());
  if (!own_root && t.environment == of_waiter) return true;
  post(t.inboxes.home, t);
  return false;
}

// Starts a claimed task for a caller that waits for its end. Returns false if it has suspended.
MICROPOOL_ALWAYS_INLINE bool run_in_place(background_task& t, participant& p,
                                          inbox& home) noexcept {
  // The code of a coroutine belongs to the group of its home.
  std::optional<code_note> note;
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    note.emplace(state_of(p), t.coroutine == nullptr ? &t.inboxes : home.group);
  }
  if (t.coroutine == nullptr) {
    t.sole_owner = !t.shared;
    t.execute(t, p);
    return true;
  }
  show_begun(t, state_of(p));
  t.coroutine->up = &t;
  t.coroutine->home = &home;
  t.coroutine->runner = &p;
  t.coroutine->handle().resume();
  if (p.run.suspending) return false;
  end_task(t, p);
  return true;
}

}  // namespace

bool add_waiter(background_task& t, task_waiter& w) noexcept {
  // [acquire: task.end] the result, if it has ended.
  task_waiter* first = t.waiters.load(std::memory_order_acquire);
  while (first != t.end_mark()) {
    w.next = first;
    // [acq_rel: task.end] the waiter is whole before it can be found; and as above.
    // LAST TOUCH: once it was added, the waiter and the task may be gone.
    if (t.waiters.compare_exchange_weak(first, &w, std::memory_order_acq_rel)) return true;
  }
  end_wait(w);
  return false;
}

namespace {

// Three cases. A queued task that may become the caller's child runs in place (B1). A queued task
// that keeps its own root (B4) is posted to its own inbox by claim_for(). That one, and a task
// that has started, is waited for, and lifted if the caller is foreground work.
MICROPOOL_ALWAYS_INLINE void join_task_here(participant_state& self, background_task& t,
                                            const participation& here) noexcept {
  const participant::index base = self.jobs.bottom();
  const root& mine = current_root(self);
  task_waiter me;
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    const char* const call =
        t.shared ? "micropool::shared_task::join()" : "micropool::owned_task::join()";
    begin_edge(me.edge, call, task_of(self.code_of), t, {});
  }
  if (claim_for(t, mine, self.environment.load(std::memory_order_relaxed))) {
    blocked_call call(self);
    if constexpr (MICROPOOL_DEBUG_CHECKS) call.inside = &t;
    const bottom b(self, here.modes_of_code());
    if (run_in_place(t, self, call.home)) {
      if constexpr (MICROPOOL_DEBUG_CHECKS) end_edge(me.edge);
      return;
    }
    resume_next(self);
    if (add_waiter(t, me)) help(self, me.ended, {base, &call, here.whole_root()});
    return;
  }
  announce_wait(t, me, mine);
  if (!add_waiter(t, me)) return;
  // If the task was lifted to another root before, only the chain of steal links tells what
  // descends from it.
  const root* whole = tag_of(t.own_root).is(here.whole_root()) ? here.whole_root() : nullptr;
  const bottom b(self);
  help(self, me.ended, {base, &t.inboxes, whole});
}

void help_task_here(participant_state& self, background_task& t) noexcept {
  // The call does not wait for the end of the task, so the task's jobs run as visits.
  const reach of_task{nullptr, &t.inboxes};
  if (claim(t)) {
    run_as_visitor(
        {&t, work_origin::of_inbox(t.inboxes.home), &t.own_root, t.environment, t.pool}, of_task);
  }
  wait_turns turns;
  while (!t.has_ended()) {
    const root_tag tag = tag_of(t.own_root);
    const root* const whole = tag.is(&t.own_root) ? tag.get() : nullptr;
    const found_work f = find_own_work(self, {self.jobs.bottom(), &t.inboxes, whole, true}, turns);
    if (!f) return;
    run_as_visitor(f, of_task);
  }
}

}  // namespace

void join_task(background_task& t) {
  if (ended_or_lost(t)) return;
  const participation here(participation::late_call{}, *t.pool);
  auto& self = state_of(here.self());
  with_enough_stack(self, [&self, &t, &here]() noexcept { join_task_here(self, t, here); });
}

void help_task(background_task& t) {
  if (ended_or_lost(t)) return;
  const participation here(participation::late_call{}, *t.pool);
  auto& self = state_of(here.self());
  // Each visit takes another slot, and a visit that has its job cannot throw. A thread that nests
  // so deep holds the slots itself.
  if (t.pool->participants.is_full()) [[unlikely]] registry::throw_full();
  with_enough_stack(self, [&]() noexcept { help_task_here(self, t); });
}

bool run_or_announce(background_task& t, frame& parent, task_waiter& w) noexcept {
  if (ended_or_lost(t)) return true;
  participant& p = *parent.runner;
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    begin_edge(w.edge, "micropool: co_await, await or join()", task_of(parent.home->group), t,
               parent.waits_at);
  }
  if (t.pool != p.pool) {
    // It runs on its own pool, before the tasks that are queued there.
    if (claim(t)) post(t.inboxes.home, t);
    announce_wait(t, w, *parent.home);
    return false;
  }
  const root& mine = *parent.home->belongs_to;
  if (claim_for(t, mine, parent.home->environment)) {
    if (t.coroutine != nullptr && p.is_deep()) [[unlikely]] {
      show_begun(t, state_of(p));
      t.coroutine->up = &t;
      t.coroutine->home = parent.home;
      p.run.next = t.coroutine;
      return false;
    }
    if (!run_in_place(t, p, *parent.home)) return false;
    if constexpr (MICROPOOL_DEBUG_CHECKS) end_edge(w.edge);
    return true;
  }
  announce_wait(t, w, *parent.home);
  return false;
}

}  // namespace micropool::detail
