// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fiber_host.hpp"

#include "pool_state.hpp"

#include <micropool/detail/sched/suspension.hpp>

#include <coroutine>

namespace micropool::detail {
namespace {

struct latch_wait : fiber_wait {
  explicit latch_wait(latch& l) noexcept : fiber_wait{&is_ready, &begin}, ended(l) {}

  static bool is_ready(fiber_wait& w, frame&) noexcept {
    return static_cast<latch_wait&>(w).ended.is_set();
  }
  static std::coroutine_handle<> begin(fiber_wait& w, frame& host) noexcept {
    const auto is_set = [&]() noexcept {
      return !static_cast<latch_wait&>(w).ended.announce(waiter_of(host));
    };
    return suspend_unless(host, is_set) ? std::noop_coroutine() : std::coroutine_handle<>();
  }

  latch& ended;
};

struct move_wait : fiber_wait {
  explicit move_wait(migration l) noexcept : fiber_wait{&is_ready, &begin}, to(l) {}

  static bool is_ready(fiber_wait&, frame&) noexcept { return false; }
  static std::coroutine_handle<> begin(fiber_wait& w, frame& host) noexcept {
    // LAST TOUCH: from here on the host may run elsewhere.
    migrate(host, static_cast<move_wait&>(w).to);
    return std::noop_coroutine();
  }

  const migration to;
};

}  // namespace

bool run_fiber(fiber& f) noexcept {
  for (;;) {
    participant& p = *f.host.runner;
    p.in_fiber = &f;
    const bool ended = f.run();
    p.in_fiber = nullptr;
    if (ended) return true;
    fiber_wait& w = f.wanted();
    if (!w.ready(w, f.host)) return false;
  }
}

std::coroutine_handle<> suspend_host(fiber& f) noexcept {
  fiber_wait& w = f.wanted();
  if constexpr (MICROPOOL_DEBUG_CHECKS) f.require_no_lock();
  // Must come before the host can be resumed elsewhere.
  ++f.departures;
  // LAST TOUCH: see above.
  const std::coroutine_handle<> next = w.suspend(w, f.host);
  if (next) return next;
  --f.departures;
  return f.host.handle();
}

std::size_t stack_size_for(const frame& host) noexcept {
  return host.home->pool->options.stacks.size;
}

void wait_for(fiber& f, latch& ended) noexcept {
  latch_wait w(ended);
  f.wait(w);
}

void migrate(fiber& f, migration there) noexcept {
  move_wait w(there);
  f.wait(w);
}

}  // namespace micropool::detail
