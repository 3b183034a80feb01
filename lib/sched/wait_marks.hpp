// SPDX-License-Identifier: MIT OR Apache-2.0
// Inside the graph of waits (wait_graph.hpp): the marks, the rings that they stand in, and the pins
// that keep what a search has found. A ring is named by its last mark, and guarded by the lock of the
// graph; a look whether it is empty needs no lock.
#pragma once

#include "found_work.hpp"

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

// Guards all marks, the rings that they stand in, and the numbers of searches.
extern short_mutex graph_mutex;

// Puts the mark at the end of the ring. Requires that it stands in none.
inline void append(std::atomic<wait_mark*>& ring, wait_mark& m, wait_mark::place where) noexcept {
  wait_mark* const last = ring.load(std::memory_order_relaxed);
  if (last == nullptr) {
    m.prev = m.next = &m;
  } else {
    m.prev = last;
    m.next = last->next;
    m.next->prev = &m;
    last->next = &m;
  }
  m.in = where;
  // [seq_cst: idle.publish] before the look at who sleeps.
  ring.store(&m, std::memory_order_seq_cst);
}
inline void remove(std::atomic<wait_mark*>& ring, wait_mark& m) noexcept {
  if (m.next == &m) {
    ring.store(nullptr, std::memory_order_relaxed);
  } else {
    m.prev->next = m.next;
    m.next->prev = m.prev;
    if (ring.load(std::memory_order_relaxed) == &m) {
      ring.store(m.prev, std::memory_order_relaxed);
    }
  }
  m.in = wait_mark::place::none;
}
// Returns the oldest mark of the ring, or null.
inline wait_mark* first(const std::atomic<wait_mark*>& ring) noexcept {
  wait_mark* const last = ring.load(std::memory_order_relaxed);
  return last == nullptr ? nullptr : last->next;
}

// Lists a wait of the group, and makes the marks that it passes down.
void list_wait(inbox_group& by, task_waiter& w) noexcept;
// Marks the group as watched, for a thread that is about to block for its sake and does so until
// all that the group waits for has ended. Called before each look; only the first call has work to
// do.
void watch(inbox_group& g) noexcept;
// Returns true if a job waits in an inbox of the group.
bool has_ready(const inbox_group& g) noexcept;

// Delays the end of a task: its waiters are not told before unpin(). Requires a lock that keeps
// one of the waiters from being told: that of the list in which its wait stands, or that of the
// graph if a mark came by way of it.
inbox_group& pin(inbox_group& of_task) noexcept;
// LAST TOUCH: the task may be gone.
void unpin(inbox_group& of_task) noexcept;

// Blocks until no thread pins the task, and until no search is under way that may have seen it.
void wait_for_pins(const background_task& t) noexcept;
void wait_for_search() noexcept;

// Takes a job of a task below a watched group.
found_work take_marked(inbox_group& watched, std::uint32_t turn) noexcept;
// The same for a group that is not watched, or blind: searches all tasks below it.
found_work search_awaited(inbox_group& g, std::uint32_t turn) noexcept;

}  // namespace micropool::detail
