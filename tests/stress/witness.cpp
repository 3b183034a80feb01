// SPDX-License-Identifier: MIT OR Apache-2.0
#include "witness.hpp"

#include <micropool/detail/sched/scheduler.hpp>

#include <atomic>
#include <utility>

namespace stress {
namespace {

std::atomic<std::uint64_t> witnesses{0};
std::atomic<std::uint32_t> threads{0};

struct of_thread {
  std::uint32_t number = threads.fetch_add(1, std::memory_order_relaxed);
  place blocked;
  std::uint64_t witness = 0;
  std::vector<record>* records = nullptr;
};

// Out of line: coroutines call this, and continue on other threads.
[[gnu::noinline]] of_thread& here() {
  thread_local of_thread mine;
  return mine;
}

std::string ancestry(const place& p) {
  std::string text = std::to_string(p.at);
  for (node_id n = p.at; p.in->nodes[n].waits != n;) {
    n = p.in->nodes[n].waits;
    text += " < " + std::to_string(n);
  }
  return text + " of the tree with seed " + std::to_string(p.in->seed);
}

}  // namespace

bool may_run(const place& blocked_on, const place& job) {
  if (blocked_on.in == nullptr) return true;
  const tree& t = *blocked_on.in;
  if (&t == job.in) return t.descends(job.at, blocked_on.at);
  // The other way down leads through a node that waits for a common task.
  for (node_id n = 0; job.in->common && n < t.nodes.size(); ++n) {
    const node& w = t.nodes[n];
    if (w.what == kind::common && w.which == *job.in->common && t.descends(n, blocked_on.at)) {
      return true;
    }
  }
  return false;
}

witness::witness() : number_(witnesses.fetch_add(1, std::memory_order_relaxed) + 1) {}

void witness::ran(const place& where) {
  of_thread& mine = here();
  if (mine.witness != number_) {
    const std::lock_guard lock(mutex_);
    buffers_.push_back(std::make_unique<buffer>(buffer{mine.number, {}}));
    mine.records = &buffers_.back()->records;
    mine.witness = number_;
  }
  mine.records->push_back({mine.number, mine.blocked, where});
}

std::optional<std::string> witness::violation() const {
  const std::lock_guard lock(mutex_);
  for (const auto& b : buffers_) {
    for (const record& r : b->records) {
      if (may_run(r.blocked_on, r.ran)) continue;
      return "thread " + std::to_string(r.thread) + " was blocked on node " +
             ancestry(r.blocked_on) + " and ran node " + ancestry(r.ran);
    }
  }
  return std::nullopt;
}

std::size_t witness::helped() const {
  const std::lock_guard lock(mutex_);
  std::size_t n = 0;
  for (const auto& b : buffers_) {
    for (const record& r : b->records) {
      if (r.blocked_on.in == nullptr || r.blocked_on.in != r.ran.in) continue;
      const node_id parent = r.ran.in->nodes[r.ran.at].waits;
      if (r.ran.at != r.blocked_on.at && parent != r.blocked_on.at) ++n;
    }
  }
  return n;
}

std::size_t witness::size() const {
  const std::lock_guard lock(mutex_);
  std::size_t n = 0;
  for (const auto& b : buffers_) n += b->records.size();
  return n;
}

blocked_on::blocked_on(const place& where) : blocks_(micropool::detail::this_fiber() == nullptr) {
  if (blocks_) outer_ = std::exchange(here().blocked, where);
}

blocked_on::~blocked_on() {
  if (blocks_) here().blocked = outer_;
}

}  // namespace stress
