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
    : completion(0, &body_ended), scope(s) {}

scope_data::scope_data(blocked_call& call) noexcept
    : completion(1, &child_ended),
      body_end(*this),
      home(&call.home),
      parent(nullptr),
      blocked(&call) {}

scope_data::scope_data(frame& awaiting) noexcept
    : completion(2, &child_ended),
      body_end(*this),
      home(awaiting.home),
      parent(&awaiting),
      blocked(nullptr) {}

scope_data::~scope_data() {
  open = false;
  delete stop;
}

// A deque must give every join its own branch back, and a blocked participant takes all of its own
// deque above a certain index for its own. So a child may be pushed only where nothing but siblings
// lies above the scope's beginning: where the body or a child runs at the bottom of its stack, or
// nested in a scope's own frames, and no join is open in between. Elsewhere (a fork on an outer
// scope from inside a join, or from a thread that does not take part) it goes to the inbox.
void scope_data::fork(job& child) noexcept {
  if (participant* p = current_participant()) {
    const participant::index bottom = p->jobs.bottom();
    if (p->fork_scope != this && p->resumed != nullptr && p->resumed_bottom == bottom &&
        (p->resumed->up == this || p->resumed->up == &body_end)) {
      p->fork_scope = this;
      p->fork_bottom = bottom;
    }
    if (p->fork_scope == this && p->fork_bottom == bottom) {
      ++p->fork_bottom;
      p->push(child);
      return;
    }
  }
  post(*home, child);
}

void scope_data::arrive(participant& p, std::int64_t n) noexcept {
  if (!tokens.give_back(n)) return;
  // LAST TOUCH: after this the scope may be gone.
  if (parent != nullptr) {
    resume_parent(*parent, p);
  } else {
    finish(*blocked, p);
  }
}

void scope_data::fail(std::uint64_t number, std::exception_ptr e) noexcept {
  {
    const std::lock_guard lock(rare);
    if (!first_exception || number < first_failed) {
      first_exception = std::move(e);
      first_failed = number;
    }
  }
  request_stop();
}

void scope_data::request_stop() noexcept {
  if (stopping.exchange(true, std::memory_order_relaxed)) return;
  std::stop_source source(std::nostopstate);
  {
    const std::lock_guard lock(rare);
    if (stop != nullptr) source = *stop;
  }
  // Outside the lock: this runs the callbacks of whoever registered some.
  source.request_stop();
}

std::stop_token scope_data::stop_token() {
  const std::lock_guard lock(rare);
  if (stop == nullptr) {
    stop = new std::stop_source;
    if (stop_requested()) stop->request_stop();
  }
  return stop->get_token();
}

}  // namespace micropool::detail
