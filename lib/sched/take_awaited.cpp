// SPDX-License-Identifier: MIT OR Apache-2.0
// Taking jobs of the tasks that a group waits for: by way of the marks that are ready, or of a
// search.
#include "find_work.hpp"
#include "fork_mark.hpp"
#include "wait_graph.hpp"
#include "wait_lists.hpp"
#include "wait_marks.hpp"

#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

namespace micropool::detail {
namespace {

// Whether a search is under way, and how many there have been.
constinit std::atomic<bool> searching{false};
constinit std::uint64_t searches = 0;

// Pins the first task that has something ready for the watcher. It moves to the end of the ring.
inbox_group* pin_ready(inbox_group& watched) noexcept {
  const std::lock_guard lock(graph_mutex);
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
  const std::lock_guard lock(graph_mutex);
  // The locks of the lists order this against a waiter that has left one.
  searching.store(true, std::memory_order_relaxed);
  ++searches;
  background_task* open = nullptr;
  const auto visit_below = [&open](inbox_group& from) {
    each_awaited(from, [&open](const task_waiter& w) {
      background_task& t = *w.awaited;
      if (t.inboxes.visited == searches || lost_by_fork(t)) return;
      t.inboxes.visited = searches;
      t.next_visited = std::exchange(open, &t);
    });
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

// Returns true if no inbox of any pool has a job.
bool nothing_ready(const pool_state& here) noexcept {
  const auto ready = [](const pool_state& pool) { return !pool.ready.empty(); };
  return !ready(here) && !any_other_pool(here, ready);
}

}  // namespace

inbox_group& pin(inbox_group& g) noexcept {
  g.pins.fetch_add(1, std::memory_order_relaxed);
  return g;
}
void unpin(inbox_group& g) noexcept {
  // [release: wait.pin] the look comes before the end. LAST TOUCH: the task may be gone.
  g.pins.fetch_sub(1, std::memory_order_release);
}

void wait_for_pins(const background_task& t) noexcept {
  // [acquire: wait.pin] the looks come before the end. Threads that exist only in the parent of a
  // fork() have left their pins.
  while (t.inboxes.pins.load(std::memory_order_acquire) != 0 && !lost_by_fork(t)) {
    std::this_thread::yield();
  }
}

void wait_for_search() noexcept {
  // [acquire: wait.search] after the wait has left its list, under whose lock the search reads it.
  if (searching.load(std::memory_order_acquire)) const std::lock_guard lock(graph_mutex);
}

found_work take_marked(inbox_group& watched, std::uint32_t turn) noexcept {
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

found_work take_awaited(const wait_filter& waiter, std::uint32_t turn) noexcept {
  inbox_group& group = *waiter.inboxes;
  if (waiter.does_not_wait) {
    return nothing_ready(*group.home.pool) ? found_work{} : search_awaited(group, turn);
  }
  watch(group);
  return take_marked(group, turn);
}

}  // namespace micropool::detail
