// SPDX-License-Identifier: MIT OR Apache-2.0
// The spawned tasks of a pool that nobody has started: any number of producers and consumers, first
// in first out per producer, and removal from the middle at constant cost, so that what is joined
// in place or cancelled leaves nothing behind.
//
// Linked lists under locks, several of them so that producers meet seldom. A lock-free queue would
// have to keep cancelled tasks until they come out at its end (docs/decisions/10).
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace micropool::detail {

class background_queue {
public:
  // Any thread; one producer always uses the same `lane`. False if the queue is closed and the
  // producer is not `inside`, that is, part of the work that the pool is waiting for.
  bool push(background_task& t, std::uint64_t lane, bool inside) noexcept;

  // The oldest task of some producer, or null. Calls with different `turn` begin with different ones.
  background_task* pop(std::uint64_t turn) noexcept;

  // Takes a task out, wherever it stands. False if somebody else has. (B1)
  bool remove(background_task& t) noexcept;

  // A glance without the locks.
  bool empty() const noexcept;

  // From now on only what is `inside` may push; every push that was under way has come to its end.
  void close() noexcept;
  // How many tasks have been pushed so far.
  std::uint64_t pushed() const noexcept;

private:
  static constexpr std::uint32_t shard_count = 8;

  struct alignas(cache_line) shard {
    mutable short_mutex mutex;
    background_task* first = nullptr;
    background_task* last = nullptr;
    std::uint64_t pushed = 0;
    bool closed = false;
    // How many tasks wait; read without the lock as a hint.
    std::atomic<std::uint32_t> waiting{0};

    void unlink(background_task& t) noexcept;
  };

  std::array<shard, shard_count> shards_;
};

}  // namespace micropool::detail
