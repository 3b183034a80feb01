// SPDX-License-Identifier: MIT OR Apache-2.0
// The inboxes of a pool that have something in them, by tier, served in turn.
#pragma once

#include "found_work.hpp"

#include <micropool/detail/sched/inbox.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace micropool::detail {

// A job that was put into an inbox. The root serves as a name only; it may be gone.
struct post_result {
  root_tag belongs_to;
  bool waiter_woken;  // a thread that blocks for its sake
  pool_state* at;     // that serves the inbox; if it is not the inbox's, it has a migrant more
};

// The pool whose workers run what is ready in that inbox: its own, or if that has no workers, the
// one that serves its group. Requires that the inbox cannot end meanwhile.
pool_state& server_of(const inbox& in) noexcept;

// Wakes a thread that blocks for the sake of the group, or of a group that waits for that; returns
// false if none sleeps. A queue calls it under its lock, so that the job cannot be taken meanwhile.
using wake_for = bool (*)(inbox_group& g) noexcept;

// The inboxes that one pool serves. One lock for all of them: this is the path of continuations
// that become ready away from a deque, not of forks. The static functions find out which pool
// serves the inbox (server_of).
class injector {
public:
  // Puts a job into an inbox, and wakes for its group. Any thread. If another pool than the inbox's
  // serves it, that pool has a migrant more on return.
  // LAST TOUCH: the job may have run and the inbox may be gone on return.
  static post_result push(inbox& to, job& j, wake_for wake) noexcept;

  // Takes the next job of the inbox whose turn it is. Each call moves to the next inbox, so that
  // no root waits for another.
  found_work pop_any(tier t) noexcept;
  // Takes the next job of this inbox.
  static found_work pop_from(inbox& in) noexcept;
  // Takes the next job of any foreground inbox of this root.
  found_work pop_of(const root& r) noexcept;
  // Takes the next job of any inbox on that pool.
  found_work pop_on(const pool_state& pool) noexcept;

  // Moves to the foreground an inbox whose root has been lifted, and the inboxes of calls that
  // block inside its task. If a job waits in it, wakes a thread as push() does, and `waiter_woken`
  // says whether one was woken. Cost: constant, however many tasks wait; while some call blocks in
  // background work, a look at every inbox.
  static post_result lift(inbox& in, root_tag to, wake_for wake) noexcept;

  // Lets another pool serve the group's inboxes on pools without workers. Returns true if
  // something was ready there. Requires that calls for one group do not overlap, and that both
  // pools are kept.
  static bool move(inbox_group& g, pool_state& to) noexcept;

  // Returns true if no job waited there at some moment. Does not lock.
  bool empty(tier t) const noexcept {
    // [seq_cst: idle.publish] the last look of a sleeper, against the count of sleepers.
    return lists_[static_cast<int>(t)].jobs.load(std::memory_order_seq_cst) == 0;
  }

  // For fork(), which holds the lock meanwhile.
  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }
  // For the only thread of a child of fork(): forgets the jobs of each inbox that `keeps` refuses.
  // `keeps` may have changed which jobs wait there, and for which tier.
  void retain(bool (*keeps)(inbox&, void*), void* with) noexcept;

  bool empty() const noexcept { return empty(tier::foreground) && empty(tier::background); }

private:
  // A queue of inboxes with something in them.
  struct ready_list {
    inbox* first = nullptr;
    inbox* last = nullptr;
    // How many jobs wait in all of them.
    std::atomic<std::uint32_t> jobs{0};
    // How many of the inboxes are those of blocked calls.
    std::size_t calls = 0;

    void append(inbox& in) noexcept {
      in.next_ready = nullptr;
      in.previous_ready = last;
      (first == nullptr ? first : last->next_ready) = &in;
      last = &in;
      if (in.group->task == nullptr) ++calls;
    }
    void remove(inbox& in) noexcept {
      (first == &in ? first : in.previous_ready->next_ready) = in.next_ready;
      (last == &in ? last : in.next_ready->previous_ready) = in.previous_ready;
      if (in.group->task == nullptr) --calls;
    }
  };

  ready_list& list_of(const inbox& in) noexcept { return lists_[in.background ? 1 : 0]; }
  found_work take(inbox& in) noexcept;
  void to_foreground(inbox& in) noexcept;
  void remove(inbox& in) noexcept;
  void add(inbox& in) noexcept;
  static std::pair<std::unique_lock<short_mutex>, pool_state*> lock_server_of(inbox& in) noexcept;
  template <class Wanted>
  found_work take_first(ready_list& list, Wanted&& wanted) noexcept;

  short_mutex mutex_;
  ready_list lists_[2];
};

}  // namespace micropool::detail
