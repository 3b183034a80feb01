// SPDX-License-Identifier: MIT OR Apache-2.0
#include "find_circle.hpp"

#include "fork_mark.hpp"

#include "../base/place.hpp"

#include <mutex>
#include <string>

namespace micropool::detail {

#if MICROPOOL_DEBUG_CHECKS
namespace {

constinit std::mutex search_mutex;
constinit std::uint64_t circle_searches = 0;

// The node of a task, without the waits of threads that a child of fork() lacks.
wait_node& node_of(background_task& t) noexcept {
  wait_node& n = t.circle;
  if (n.process != process_mark) n = {process_mark, nullptr, nullptr, 0, nullptr, nullptr};
  return n;
}

void link(wait_edge& e) noexcept {
  e.process = process_mark;
  e.next_out = node_of(*e.from).out;
  e.before_out = nullptr;
  if (e.next_out != nullptr) e.next_out->before_out = &e;
  node_of(*e.from).out = &e;
  e.next_in = node_of(*e.to).in;
  e.before_in = nullptr;
  if (e.next_in != nullptr) e.next_in->before_in = &e;
  node_of(*e.to).in = &e;
}

void unlink(wait_edge& e) noexcept {
  (e.before_out != nullptr ? e.before_out->next_out : node_of(*e.from).out) = e.next_out;
  if (e.next_out != nullptr) e.next_out->before_out = e.before_out;
  (e.before_in != nullptr ? e.before_in->next_in : node_of(*e.to).in) = e.next_in;
  if (e.next_in != nullptr) e.next_in->before_in = e.before_in;
  e.from = nullptr;
}

// One side of a search: the tasks that it has visited, some of which are open. A task belongs to
// one side only, because the other side ends with the first task that it finds here.
class side {
public:
  side(background_task& begin, bool along) noexcept : along_(along), number_(++circle_searches) {
    add(begin);
  }
  // Visits one task. Returns false if there is no other, or the sides have met.
  bool step(const side& other, bool& met) noexcept {
    background_task& t = *open_;
    open_ = node_of(t).next_open;
    for (wait_edge* e = along_ ? node_of(t).out : node_of(t).in; e != nullptr;
         e = along_ ? e->next_out : e->next_in) {
      background_task& next = along_ ? *e->to : *e->from;
      if (node_of(next).seen == other.number_) met = true;
      if (node_of(next).seen != number_ && !met) add(next);
    }
    return !met && open_ != nullptr;
  }

private:
  void add(background_task& t) noexcept {
    wait_node& n = node_of(t);
    n.seen = number_;
    n.next_open = open_;
    open_ = &t;
  }

  const bool along_;
  const std::uint64_t number_;
  background_task* open_ = nullptr;
};

// Returns true if `to` waits for `from`, directly or not. Searches from both ends in turn, so that
// a chain which grows at either end costs a constant for each task.
bool closes_circle(background_task& from, background_task& to) noexcept {
  side forward(to, true);
  side backward(from, false);
  bool met = false;
  while (forward.step(backward, met) && backward.step(forward, met)) {
  }
  return met;
}

std::string name_of(const background_task& t) {
  if (t.spawned_at.line() == 0) return "a task";
  return "the task spawned at " + text_of(t.spawned_at);
}

// The way from one task to the other along the waits; there is only one.
std::string path(background_task& from, background_task& to) {
  const std::uint64_t number = ++circle_searches;
  background_task* open = &from;
  node_of(from).seen = number;
  node_of(from).next_open = nullptr;
  node_of(from).found_from = nullptr;
  while (open != nullptr && open != &to) {
    background_task& t = *open;
    open = node_of(t).next_open;
    for (wait_edge* e = node_of(t).out; e != nullptr; e = e->next_out) {
      wait_node& next = e->to->circle;
      if (next.seen == number) continue;
      next.seen = number;
      next.found_from = &t;
      next.next_open = open;
      open = e->to;
    }
  }
  std::string text;
  for (background_task* t = node_of(to).found_from; t != nullptr && t != &from;
       t = node_of(*t).found_from) {
    text = name_of(*t) + ", which waits for " + text;
  }
  return text;
}

[[noreturn]] void report(const std::string& call, background_task& from, background_task& to,
                         call_site at) {
  std::string what = call + " of " + name_of(to) + " can never return: ";
  if (&from == &to) {
    what += "it is made inside that task, which cannot end before the call does";
  } else {
    what += "that task waits for " + path(to, from) +
            "the one that the call is made in, " + name_of(from);
  }
  fail_misuse(what.c_str(),
              "let no task wait for itself or for one that waits for it: return the value instead, "
              "or wait in a third task or outside",
              at.where());
}

}  // namespace

void begin_edge(wait_edge& e, const char* call, background_task* from, background_task& to,
                call_site at) noexcept {
  if (from == nullptr) return;
  const std::lock_guard lock(search_mutex);
  if (from == &to || closes_circle(*from, to)) report(call, *from, to, at);
  e.from = from;
  e.to = &to;
  link(e);
}

void end_edge(wait_edge& e) noexcept {
  if (e.from == nullptr) return;
  const std::lock_guard lock(search_mutex);
  if (e.process == process_mark) unlink(e);
}

void lock_circles() noexcept { search_mutex.lock(); }
void unlock_circles() noexcept { search_mutex.unlock(); }
#else
void lock_circles() noexcept {}
void unlock_circles() noexcept {}
#endif

}  // namespace micropool::detail
