// SPDX-License-Identifier: MIT OR Apache-2.0
#include "wait_graph.hpp"

#include "fork_mark.hpp"
#include "pool_state.hpp"
#include "sleep.hpp"
#include "wait_lists.hpp"
#include "wait_marks.hpp"

#include <micropool/detail/work/frame_alloc.hpp>

#include <cstdint>
#include <mutex>
#include <new>

namespace micropool::detail {
namespace {

using place = wait_mark::place;

// Never 0. A mark that was made before a fork() may name a group on the stack of a thread that the
// child does not have: it stays in the list, but its watcher is never read. A group that was
// watched before is blind.
std::uint32_t this_process() noexcept { return static_cast<std::uint32_t>(process_mark) + 2; }
bool is_of_this_process(const wait_mark& m) noexcept { return m.made_in == this_process(); }

// Marks whose tasks have not been visited yet: neither for waits nor for what is ready.
constinit std::atomic<wait_mark*> fresh{nullptr};

bool wake_thread_of(const inbox_group& g) noexcept {
  return wake_waiter_of(*g.home.pool, g.home);
}

// W4: puts the mark into its watcher's ring. Requires place::none.
bool make_ready(wait_mark& m) noexcept {
  append(m.watcher->ready, m, place::ready);
  return wake_thread_of(*m.watcher);
}

bool is_marked(const inbox_group& g, const inbox_group& watcher) noexcept {
  for (const wait_mark* m = g.marks.load(std::memory_order_relaxed); m != nullptr;
       m = m->after_at) {
    if (m->watcher == &watcher && is_of_this_process(*m)) return true;
  }
  return false;
}

wait_mark* unused_mark(task_waiter& w) noexcept {
  if (w.own_mark.watcher == nullptr) return &w.own_mark;
  try {
    return ::new (frame_allocate(sizeof(wait_mark))) wait_mark;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// Marks the task that `w` waits for as below the watcher.
void mark(inbox_group& watcher, task_waiter& w) noexcept {
  inbox_group& g = w.awaited->inboxes;
  if (lost_by_fork(*w.awaited) || is_marked(g, watcher)) return;
  wait_mark* const m = unused_mark(w);
  if (m == nullptr) {
    // [seq_cst: idle.publish] before the look at who sleeps: its threads look again and again.
    watcher.blind.store(true, std::memory_order_seq_cst);
    wake_thread_of(watcher);
    return;
  }
  m->watcher = &watcher;
  m->at = &g;
  m->made_in = this_process();
  m->next_of_wait = w.marks;
  w.marks = m;
  m->before_at = nullptr;
  m->after_at = g.marks.load(std::memory_order_relaxed);
  if (m->after_at != nullptr) m->after_at->before_at = m;
  // [seq_cst: idle.publish] before the looks at what waits there and what is ready (W2, W3).
  g.marks.store(m, std::memory_order_seq_cst);
  append(fresh, *m, place::fresh);
}

void unmark(wait_mark& m) noexcept {
  if (m.in != place::none && is_of_this_process(m)) {
    remove(m.in == place::fresh ? fresh : m.watcher->ready, m);
  }
  if (m.before_at != nullptr) {
    m.before_at->after_at = m.after_at;
  } else {
    m.at->marks.store(m.after_at, std::memory_order_relaxed);
  }
  if (m.after_at != nullptr) m.after_at->before_at = m.before_at;
  m.watcher = nullptr;
}

// Marks the tasks that coroutines of `g` await as below the watched group `watcher`.
void mark_below(inbox_group& watcher, inbox_group& g) noexcept {
  each_awaited(g, [&watcher](task_waiter& w) { mark(watcher, w); });
}

// Visits all fresh marks, also those of other threads: a mark is finished by the first thread that
// comes to it.
void spread(std::unique_lock<short_mutex>& lock) noexcept {
  // Releases the lock now and then, so that other threads get it.
  constexpr int marks_per_turn = 64;
  for (int n = 1; wait_mark* const m = first(fresh); ++n) {
    remove(fresh, *m);
    mark_below(*m->watcher, *m->at);
    if (has_ready(*m->at)) make_ready(*m);
    if (n % marks_per_turn == 0) {
      lock.unlock();
      lock.lock();
    }
  }
}

// Removes the marks of a wait that has left its list: no thread makes another by way of it.
void drop_marks(task_waiter& w) noexcept {
  const std::lock_guard lock(graph_mutex);
  while (wait_mark* const m = w.marks) {
    w.marks = m->next_of_wait;
    unmark(*m);
    if (m != &w.own_mark) frame_deallocate(m, sizeof(wait_mark));
  }
}

}  // namespace

constinit short_mutex graph_mutex;

bool has_ready(const inbox_group& g) noexcept {
  // [seq_cst: idle.publish] after the mark was made (W3).
  if (g.home.waiting.load(std::memory_order_seq_cst) != 0) return true;
  // [seq_cst: inbox.sibling] inboxes on other pools.
  for (inbox* i = g.siblings.load(std::memory_order_seq_cst); i != nullptr; i = i->sibling) {
    // [seq_cst: idle.publish] as above.
    if (i->waiting.load(std::memory_order_seq_cst) != 0) return true;
  }
  return false;
}

void lock_wait_graph() noexcept {
  graph_mutex.lock();
  lock_wait_lists();
  lock_circles();
}
void unlock_wait_graph() noexcept {
  unlock_circles();
  unlock_wait_lists();
  graph_mutex.unlock();
}
void forget_fresh_marks() noexcept { fresh.store(nullptr, std::memory_order_relaxed); }

void list_wait(inbox_group& by, task_waiter& w) noexcept {
  bool watched;
  bool below;
  {
    const std::lock_guard lock(lock_of(by));
    put_into_list(by, w);
    // The lock orders these against the list (W2).
    watched = by.watched_in.load(std::memory_order_relaxed) == this_process();
    below = by.marks.load(std::memory_order_relaxed) != nullptr;
  }
  if (!w.by_coroutine || (!watched && !below)) return;
  std::unique_lock lock(graph_mutex);
  if (watched) mark(by, w);
  // The group does not end meanwhile, so these stay.
  for (wait_mark* m = by.marks.load(std::memory_order_relaxed); m != nullptr; m = m->after_at) {
    if (is_of_this_process(*m)) mark(*m->watcher, w);
  }
  spread(lock);
}

void end_wait(task_waiter& w) noexcept {
  if constexpr (MICROPOOL_DEBUG_CHECKS) end_edge(w.edge);
  if (w.listed_by == nullptr) return;
  {
    const std::lock_guard lock(lock_of(*w.listed_by));
    unlist(w);
  }
  wait_for_search();
  if (w.marks != nullptr) drop_marks(w);
  wait_for_pins(*w.awaited);
}

void watch(inbox_group& g) noexcept {
  if (g.watched_in.load(std::memory_order_relaxed) != 0) return;
  {
    const std::lock_guard lock(lock_of(g));
    if (g.watched_in.load(std::memory_order_relaxed) != 0) return;
    g.watched_in.store(this_process(), std::memory_order_relaxed);
    if (g.waits == nullptr) return;
  }
  std::unique_lock lock(graph_mutex);
  mark_below(g, g);
  spread(lock);
}

// All watchers get the mark into their rings, but only one thread is woken. It takes the job, or
// forwards the wake-up before it runs another one (S6).
bool tell_watchers(inbox_group& g) noexcept {
  bool woken = wake_thread_of(g);
  // [seq_cst: idle.publish] after the count of the job (W3).
  if (g.marks.load(std::memory_order_seq_cst) == nullptr) return woken;
  const std::lock_guard lock(graph_mutex);
  wait_mark* const marks = g.marks.load(std::memory_order_relaxed);
  for (wait_mark* m = marks; m != nullptr; m = m->after_at) {
    if (m->in == place::none && is_of_this_process(*m)) {
      append(m->watcher->ready, *m, place::ready);
    }
  }
  for (wait_mark* m = marks; m != nullptr && !woken; m = m->after_at) {
    woken = m->in == place::ready && is_of_this_process(*m) && wake_thread_of(*m->watcher);
  }
  return woken;
}

bool is_blind(const inbox_group& g) noexcept {
  const std::uint32_t watched_in = g.watched_in.load(std::memory_order_relaxed);
  // [seq_cst: idle.publish] a sleeper's last look.
  return g.blind.load(std::memory_order_seq_cst) ||
         (watched_in != 0 && watched_in != this_process());
}

void forward_awaited(inbox_group& watched) noexcept {
  if (watched.task != nullptr && has_ready(watched)) wake_thread_of(watched);
  if (watched.ready.load(std::memory_order_relaxed) == nullptr || is_blind(watched)) return;
  const std::lock_guard lock(graph_mutex);
  wait_mark* const end = first(watched.ready);
  wait_mark* m = end;
  if (m == nullptr) return;
  do {
    inbox_group& g = *m->at;
    bool woken = !has_ready(g) || wake_thread_of(g);
    for (wait_mark* above = g.marks.load(std::memory_order_relaxed); above != nullptr && !woken;
         above = above->after_at) {
      woken = is_of_this_process(*above) && wake_thread_of(*above->watcher);
    }
    m = m->next;
  } while (m != end);
}

}  // namespace micropool::detail
