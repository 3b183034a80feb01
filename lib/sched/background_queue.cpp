// SPDX-License-Identifier: MIT OR Apache-2.0
#include "background_queue.hpp"

namespace micropool::detail {

bool background_queue::push(background_task& t, std::uint64_t lane, bool inside) noexcept {
  t.shard = static_cast<std::uint32_t>(lane % shard_count);
  shard& s = shards_[t.shard];
  const std::lock_guard lock(s.mutex);
  if (s.closed && !inside) return false;
  ++s.pushed;
  t.before = s.last;
  t.after = nullptr;
  (s.last == nullptr ? s.first : s.last->after) = &t;
  s.last = &t;
  t.queued.store(true, std::memory_order_relaxed);
  // [seq_cst: idle.publish] ordered against the count of sleepers that the caller reads next.
  s.waiting.fetch_add(1, std::memory_order_seq_cst);
  return true;
}

void background_queue::shard::unlink(background_task& t) noexcept {
  (t.before == nullptr ? first : t.before->after) = t.after;
  (t.after == nullptr ? last : t.after->before) = t.before;
  t.queued.store(false, std::memory_order_relaxed);
  waiting.store(waiting.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

background_task* background_queue::pop(std::uint64_t turn) noexcept {
  for (std::uint32_t i = 0; i < shard_count; ++i) {
    shard& s = shards_[(turn + i) % shard_count];
    // [seq_cst: idle.publish] a sleeper's last look.
    if (s.waiting.load(std::memory_order_seq_cst) == 0) continue;
    const std::lock_guard lock(s.mutex);
    if (background_task* t = s.first) {
      s.unlink(*t);
      return t;
    }
  }
  return nullptr;
}

bool background_queue::remove(background_task& t) noexcept {
  // Once false it stays so.
  if (!t.queued.load(std::memory_order_relaxed)) return false;
  shard& s = shards_[t.shard];
  const std::lock_guard lock(s.mutex);
  if (!t.queued.load(std::memory_order_relaxed)) return false;
  s.unlink(t);
  return true;
}

bool background_queue::empty() const noexcept {
  for (const shard& s : shards_) {
    // [seq_cst: idle.publish] a sleeper's last look.
    if (s.waiting.load(std::memory_order_seq_cst) != 0) return false;
  }
  return true;
}

void background_queue::close() noexcept {
  for (shard& s : shards_) {
    const std::lock_guard lock(s.mutex);
    s.closed = true;
  }
}

std::uint64_t background_queue::pushed() const noexcept {
  std::uint64_t n = 0;
  for (const shard& s : shards_) {
    const std::lock_guard lock(s.mutex);
    n += s.pushed;
  }
  return n;
}

}  // namespace micropool::detail
