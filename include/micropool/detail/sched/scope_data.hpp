// SPDX-License-Identifier: MIT OR Apache-2.0
// The bookkeeping of one scope: its outstanding children, its first exception, its stop request.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <utility>

namespace micropool::detail {

struct scope_data;

// What the body of an awaited scope reports to if it ends detached.
struct body_completion : completion {
  explicit body_completion(scope_data& s) noexcept;
  scope_data& scope;
};

// Tokens: one per child, one for the body, and for an awaited scope one for who awaits it.
// Lives on the opener's stack or in its coroutine frame until the last token is back.
struct MICROPOOL_API scope_data : completion {
  // Of a blocking scope.
  explicit scope_data(blocked_call& call) noexcept;
  // Of an awaited one.
  explicit scope_data(frame& parent) noexcept;
  ~scope_data();

  // Adds a child that the caller has prepared; from the body or from a child that still runs.
  // The number that reserve() gave orders the children's exceptions.
  std::uint64_t reserve() noexcept {
    MICROPOOL_ASSERT(open, "fork only on a scope_ref whose scope has not ended");
    tokens.add();
    return forked.fetch_add(1, std::memory_order_relaxed);
  }
  void fork(job& child) noexcept;

  // A child has failed: remembers the exception of the lowest number and requests stop.
  void fail(std::uint64_t number, std::exception_ptr e) noexcept;
  // Gives tokens back; the last one lets the opener go on.
  // LAST TOUCH: after this the scope may be gone.
  void arrive(participant& p, std::int64_t n = 1) noexcept;

  void request_stop() noexcept;
  bool stop_requested() const noexcept { return stopping.load(std::memory_order_relaxed); }
  std::stop_token stop_token();

  body_completion body_end;
  inbox* const home;
  frame* const parent;         // who awaits the scope, or
  blocked_call* const blocked;  // who blocks in it
  std::atomic<std::uint64_t> forked{0};
  bool open = true;  // for the debug check only
  std::atomic<bool> stopping{false};
  std::mutex rare;  // guards the three below
  std::exception_ptr first_exception;
  std::uint64_t first_failed = 0;
  std::stop_source* stop = nullptr;
};

// While alive, children of the scope, and of no other, may be pushed onto the participant's deque.
class forking_here {
public:
  forking_here(participant& p, scope_data* s) noexcept
      : self_(p),
        began_(p),
        outer_(p.fork_scope),
        outer_bottom_(p.fork_bottom),
        resumed_(std::exchange(p.resumed, nullptr)) {
    p.fork_scope = s;
    p.fork_bottom = p.jobs.bottom();
  }
  ~forking_here() {
    if (began_.moved()) return;
    self_.fork_scope = outer_;
    self_.fork_bottom = outer_bottom_;
    self_.resumed = resumed_;
  }
  forking_here(const forking_here&) = delete;
  forking_here& operator=(const forking_here&) = delete;

private:
  participant& self_;
  const whereabouts began_;
  scope_data* outer_;
  participant::index outer_bottom_;
  frame* resumed_;
};

}  // namespace micropool::detail
