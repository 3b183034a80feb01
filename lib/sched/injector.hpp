// SPDX-License-Identifier: MIT OR Apache-2.0
// The inboxes of a pool that have something in them, served in turn.
#pragma once

#include "stint.hpp"

#include <micropool/detail/sched/inbox.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace micropool::detail {

// A job that a participant has taken, and where it comes from.
struct found_work {
  job* work = nullptr;
  stint origin;
  const root* belongs_to = nullptr;
  pool_state* pool = nullptr;
  explicit operator bool() const noexcept { return work != nullptr; }
};

// One lock for the inboxes of one pool: this is the road of continuations that come from outside,
// not of forks.
class injector {
public:
  // Any thread. LAST TOUCH: the job may have run and the inbox may be gone on return.
  void push(inbox& to, job& j) noexcept;

  // The next job of the inbox whose turn it is; each call moves on, so that no root waits for
  // another.
  found_work pop_any() noexcept;
  // The next job of this inbox.
  found_work pop_from(inbox& in) noexcept;
  // The next job of any inbox of this root.
  found_work pop_of(const root& r) noexcept;

  // A glance without the lock.
  bool empty() const noexcept {
    // [seq_cst: idle.publish] the last look of a sleeper, against the count of sleepers.
    return ready_.load(std::memory_order_seq_cst) == 0;
  }

private:
  found_work take(inbox& in, inbox* before) noexcept;

  std::mutex mutex_;
  // A queue of inboxes with something in them.
  inbox* first_ = nullptr;
  inbox* last_ = nullptr;
  // How many jobs wait in all of them.
  std::atomic<std::uint32_t> ready_{0};
};

}  // namespace micropool::detail
