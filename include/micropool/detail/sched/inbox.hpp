// SPDX-License-Identifier: MIT OR Apache-2.0
// Where jobs wait that became ready away from any deque of their own: coroutines resumed by a
// foreign awaitable, and forks that would break the order of a deque.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sync/latch.hpp>
#include <micropool/detail/work/job.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

struct pool_state;
struct blocked_call;

// What a foreground call from outside opens; everything forked below it belongs to it. Only the
// address matters: participants carry it as a tag.
struct root {};

// Belongs to one blocked call and one pool. Workers of the pool take from it, and so does the
// caller that blocks. The links are guarded by the pool's injector.
struct inbox {
  inbox(pool_state& p, const root& r, blocked_call& c) noexcept
      : pool(&p), belongs_to(&r), call(&c) {}
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;

  pool_state* const pool;
  const root* const belongs_to;
  blocked_call* const call;
  inbox* sibling = nullptr;  // the next inbox of the same call, on another pool
  job* head = nullptr;
  job* tail = nullptr;
  inbox* next_ready = nullptr;
  // How many jobs wait; written under the injector's lock, read without it as a hint.
  std::atomic<std::uint32_t> waiting{0};
};

// A thread that blocks until coroutines or scope children have ended. Lives on its stack.
struct blocked_call {
  blocked_call(pool_state& p, const root& r) noexcept : home(p, r, *this) {}
  ~blocked_call() { drop_siblings(); }
  blocked_call(const blocked_call&) = delete;
  blocked_call& operator=(const blocked_call&) = delete;

  latch done;
  inbox home;
  // Inboxes on other pools that coroutines of this call have moved to; only ever grows.
  std::atomic<inbox*> siblings{nullptr};

private:
  void drop_siblings() noexcept {
    if (siblings.load(std::memory_order_relaxed) != nullptr) [[unlikely]] free_siblings();
  }
  MICROPOOL_API void free_siblings() noexcept;
};

}  // namespace micropool::detail
