// SPDX-License-Identifier: MIT OR Apache-2.0
// Rings of marks of the graph of waits, each named by its last one. Guarded by the lock of the graph;
// a look whether a ring is empty needs no lock.
#pragma once

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>

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

}  // namespace micropool::detail
