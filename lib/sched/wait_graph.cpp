// SPDX-License-Identifier: MIT OR Apache-2.0
#include "wait_graph.hpp"

#include "find_circle.hpp"
#include "fork_mark.hpp"
#include "pool_state.hpp"
#include "sleep.hpp"

#include <micropool/detail/work/frame_alloc.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

namespace micropool::detail {
namespace {

using place = wait_mark::place;

// The list of waits of a group is guarded by one of these locks, which an address chooses: that of
// the task's root, also for the calls inside the task, or that of a call in the foreground. Not by
// a lock of its own: fork() can hold a fixed number of locks, but not one for each task. No thread
// holds two of them, except in fork().
struct alignas(cache_line) list_lock {
  short_mutex mutex;
};
constinit std::array<list_lock, 64> list_locks{};

short_mutex& lock_at(const void* address) noexcept {
  const auto word = reinterpret_cast<std::uintptr_t>(address);
  return list_locks[(word * 0x9e37'79b9'7f4a'7c15u) >> 58].mutex;
}

short_mutex& lock_of(const inbox_group& g) noexcept {
  const root* const r = g.home.belongs_to;
  return r->background ? lock_of(static_cast<const task_root&>(*r)) : lock_at(&g);
}

// Guards all marks, the rings that they stand in, and the numbers of searches.
constinit short_mutex graph;

// Never 0. A mark that was made before a fork() may name a group on the stack of a thread that the
// child does not have: it stays in the list, but its watcher is never read. A group that was
// watched before is blind.
std::uint32_t this_process() noexcept { return static_cast<std::uint32_t>(process_mark) + 2; }
bool is_of_this_process(const wait_mark& m) noexcept { return m.made_in == this_process(); }

// A ring of marks, named by its last one.
void append(std::atomic<wait_mark*>& ring, wait_mark& m, place where) noexcept {
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
void remove(std::atomic<wait_mark*>& ring, wait_mark& m) noexcept {
  if (m.next == &m) {
    ring.store(nullptr, std::memory_order_relaxed);
  } else {
    m.prev->next = m.next;
    m.next->prev = m.prev;
    if (ring.load(std::memory_order_relaxed) == &m) {
      ring.store(m.prev, std::memory_order_relaxed);
    }
  }
  m.in = place::none;
}
wait_mark* first(const std::atomic<wait_mark*>& ring) noexcept {
  wait_mark* const last = ring.load(std::memory_order_relaxed);
  return last == nullptr ? nullptr : last->next;
}

// Marks whose tasks have not been visited yet: neither for waits nor for what is ready.
constinit std::atomic<wait_mark*> fresh{nullptr};

// Whether a search is under way, and how many there have been.
constinit std::atomic<bool> searching{false};
constinit std::uint64_t searches = 0;

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
  const std::lock_guard lock(lock_of(g));
  for (task_waiter* w = g.waits; w != nullptr; w = w->next_wait) {
    if (w->by_coroutine) mark(watcher, *w);
  }
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

// Requires the lock of the task, which is that of the call as well.
void list_call(task_root& r, blocked_call& call) noexcept {
  if (call.listed) return;
  call.listed = true;
  call.next = r.calls;
  if (r.calls != nullptr) r.calls->prev = &call;
  r.calls = &call;
}

void wait_for_pins(const background_task& t) noexcept {
  // [acquire: wait.pin] the looks come before the end. Threads that exist only in the parent of a
  // fork() have left their pins.
  while (t.inboxes.pins.load(std::memory_order_acquire) != 0 && !lost_by_fork(t)) {
    std::this_thread::yield();
  }
}

// Pins the first task that has something ready for the watcher. It moves to the end of the ring.
inbox_group* pin_ready(inbox_group& watched) noexcept {
  const std::lock_guard lock(graph);
  while (wait_mark* const m = first(watched.ready)) {
    if (!has_ready(*m->at)) {
      remove(watched.ready, *m);
      continue;
    }
    watched.ready.store(m, std::memory_order_relaxed);
    return &pin(*m->at);
  }
  return nullptr;
}

// Pins a task below the group that has something ready: the first one that is found, or with
// `in_turn` the one of all that has not been served for the longest time. All that is visited
// exists meanwhile, because the end of a wait waits for the search.
inbox_group* pin_ready_below(inbox_group& g, bool in_turn) noexcept {
  const std::lock_guard lock(graph);
  // The locks of the lists order this against a waiter that has left one.
  searching.store(true, std::memory_order_relaxed);
  ++searches;
  background_task* open = nullptr;
  const auto visit_below = [&open](inbox_group& from) {
    const std::lock_guard waits(lock_of(from));
    for (const task_waiter* w = from.waits; w != nullptr; w = w->next_wait) {
      background_task& t = *w->awaited;
      if (!w->by_coroutine || t.inboxes.visited == searches || lost_by_fork(t)) continue;
      t.inboxes.visited = searches;
      t.next_visited = std::exchange(open, &t);
    }
  };
  inbox_group* found = nullptr;
  visit_below(g);
  while (open != nullptr && (found == nullptr || in_turn)) {
    background_task& t = *std::exchange(open, open->next_visited);
    if (has_ready(t.inboxes) && (found == nullptr || t.inboxes.served < found->served)) {
      found = &t.inboxes;
    }
    visit_below(t.inboxes);
  }
  if (found != nullptr) {
    found->served = searches;
    pin(*found);
  }
  // [release: wait.search] the search, and the pin.
  searching.store(false, std::memory_order_release);
  return found;
}

void wait_for_search() noexcept {
  // [acquire: wait.search] after the wait has left its list, under whose lock the search reads it.
  if (searching.load(std::memory_order_acquire)) const std::lock_guard lock(graph);
}

// Removes the marks of a wait that has left its list: no thread makes another by way of it.
void drop_marks(task_waiter& w) noexcept {
  const std::lock_guard lock(graph);
  while (wait_mark* const m = w.marks) {
    w.marks = m->next_of_wait;
    unmark(*m);
    if (m != &w.own_mark) frame_deallocate(m, sizeof(wait_mark));
  }
}

}  // namespace

short_mutex& lock_of(const task_root& r) noexcept { return lock_at(&r); }

void lock_wait_graph() noexcept {
  graph.lock();
  for (list_lock& l : list_locks) l.mutex.lock();
}
void unlock_wait_graph() noexcept {
  for (list_lock& l : list_locks) l.mutex.unlock();
  graph.unlock();
}
void forget_fresh_marks() noexcept { fresh.store(nullptr, std::memory_order_relaxed); }

void unlist(task_waiter& w) noexcept {
  (w.prev_wait != nullptr ? w.prev_wait->next_wait : w.listed_by->waits) = w.next_wait;
  if (w.next_wait != nullptr) w.next_wait->prev_wait = w.prev_wait;
  w.listed_by = nullptr;
}

void blocked_call::leave_task() noexcept {
  auto& r = const_cast<task_root&>(static_cast<const task_root&>(*home.belongs_to));
  const std::lock_guard lock(lock_of(r));
  (prev != nullptr ? prev->next : r.calls) = next;
  if (next != nullptr) next->prev = prev;
}

inbox_group& pin(inbox_group& g) noexcept {
  g.pins.fetch_add(1, std::memory_order_relaxed);
  return g;
}
void unpin(inbox_group& g) noexcept {
  // [release: wait.pin] the look comes before the end. LAST TOUCH: the task may be gone.
  g.pins.fetch_sub(1, std::memory_order_release);
}

void list_wait(inbox_group& by, task_waiter& w) noexcept {
  const root& r = *by.home.belongs_to;
  bool watched;
  bool below;
  {
    const std::lock_guard lock(lock_of(by));
    if (by.task == nullptr && r.background) {
      list_call(const_cast<task_root&>(static_cast<const task_root&>(r)),
                static_cast<blocked_call&>(by));
    }
    w.listed_by = &by;
    w.next_wait = by.waits;
    if (w.next_wait != nullptr) w.next_wait->prev_wait = &w;
    by.waits = &w;
    // The lock orders these against the list (W2).
    watched = by.watched_in.load(std::memory_order_relaxed) == this_process();
    below = by.marks.load(std::memory_order_relaxed) != nullptr;
  }
  if (!w.by_coroutine || (!watched && !below)) return;
  std::unique_lock lock(graph);
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
  std::unique_lock lock(graph);
  mark_below(g, g);
  spread(lock);
}

// All watchers get the mark into their rings, but only one thread is woken. It takes the job, or
// forwards the wake-up before it runs another one (S6).
bool tell_watchers(inbox_group& g) noexcept {
  bool woken = wake_thread_of(g);
  // [seq_cst: idle.publish] after the count of the job (W3).
  if (g.marks.load(std::memory_order_seq_cst) == nullptr) return woken;
  const std::lock_guard lock(graph);
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

found_work take_awaited(inbox_group& watched, std::uint32_t turn) noexcept {
  if (is_blind(watched)) [[unlikely]] return search_awaited(watched, turn);
  // [seq_cst: idle.publish] a sleeper's last look.
  while (watched.ready.load(std::memory_order_seq_cst) != nullptr) {
    inbox_group* const g = pin_ready(watched);
    if (g == nullptr) break;
    const found_work f = take_from_inboxes_of(*g, turn);
    unpin(*g);
    if (f) return f;
  }
  return {};
}

found_work search_awaited(inbox_group& g, std::uint32_t turn) noexcept {
  // F2: every eighth search passes over a task whose jobs never run out.
  const bool in_turn = turn % 8 == 7;
  while (inbox_group* const below = pin_ready_below(g, in_turn)) {
    const found_work f = take_from_inboxes_of(*below, turn / 8);
    unpin(*below);
    if (f) return f;
  }
  return {};
}

void forward_awaited(inbox_group& watched) noexcept {
  if (watched.task != nullptr && has_ready(watched)) wake_thread_of(watched);
  if (watched.ready.load(std::memory_order_relaxed) == nullptr || is_blind(watched)) return;
  const std::lock_guard lock(graph);
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
