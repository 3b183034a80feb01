// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/scope_data.hpp>

namespace micropool::detail {
namespace {

void child_ended(completion& c, participant& p) noexcept {
  // LAST TOUCH: the scope may be gone.
  static_cast<scope_data&>(c).arrive(p);
}

void body_ended(completion& c, participant& p) noexcept {
  // LAST TOUCH: the scope may be gone.
  static_cast<body_completion&>(c).scope.arrive(p);
}

}  // namespace

body_completion::body_completion(scope_data& s) noexcept
    : completion(&body_ended), scope(s) {}

scope_data::scope_data(blocked_call& call, participant& by)
    : completion(&child_ended),
      control(by.free_scopes.take()),
      generation(control.open(*this, 1)),
      body_end(*this),
      home(&call.home),
      parent(nullptr),
      blocked(&call),
      opener(&by) {}

scope_data::scope_data(frame& awaiting)
    : completion(&child_ended),
      control(awaiting.runner->free_scopes.take()),
      generation(control.open(*this, own_tokens)),
      body_end(*this),
      home(awaiting.home),
      parent(&awaiting),
      blocked(nullptr),
      opener(nullptr) {}

scope_data::~scope_data() {
  control.close(generation);
  // An awaited scope ends where its parent runs, which may be elsewhere than where it was opened.
  (parent != nullptr ? *parent->runner : *opener).free_scopes.give(control);
}

namespace {

bool make_room(participant& p) noexcept {
  try {
    p.reserve(1);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

// A deque must return to every join its own branch, and a blocked participant takes every job of
// its own deque above a certain index as its own. So a child may be pushed only where nothing but
// siblings lies above the scope's beginning: where the body or a child runs at the bottom of its
// stack, or nested in a scope's own frames, and no join is open in between. In all other cases (a
// fork on an outer scope from inside a join, or from a thread that does not take part) it is
// posted to the inbox, which needs no memory.
void scope_data::fork(job& child) noexcept {
  if (participant* p = current_participant()) {
    const participant::index bottom = p->jobs.bottom();
    run_state& here = p->run;
    if (here.fork_scope != this && here.resumed != nullptr && here.resumed_bottom == bottom &&
        (here.resumed->up == this || here.resumed->up == &body_end)) {
      here.fork_scope = this;
      here.fork_bottom = bottom;
    }
    if (here.fork_scope == this && here.fork_bottom == bottom && make_room(*p)) {
      ++here.fork_bottom;
      p->push(child);
      return;
    }
  }
  post(*home, child);
}

void scope_data::arrive(participant& p, std::int64_t n) noexcept {
  if (!control.arrive(n)) return;
  // LAST TOUCH: after this the scope may be gone.
  if (parent != nullptr) {
    inbox_group& group = *parent->home->group;
    if (group.task == nullptr && static_cast<blocked_call&>(group).resumes_here) {
      auto& call = static_cast<blocked_call&>(group);
      call.resumed = parent;
      complete_call(call, p);
      return;
    }
    resume_parent(*parent, p);
  } else {
    complete_call(*blocked, p);
  }
}

void scope_data::fail(std::uint64_t number, std::exception_ptr e) noexcept {
  {
    const std::lock_guard lock(rare);
    if (!first_exception || number < first_failed) {
      // The previous exception is destroyed after the lock: that may run user code.
      first_exception.swap(e);
      first_failed = number;
    }
  }
  control.request_stop(generation);
}

}  // namespace micropool::detail
