// SPDX-License-Identifier: MIT OR Apache-2.0
// The spawned tasks of a pool that nobody has started: any number of producers and consumers, first
// in first out per producer, and removal from the middle at constant cost, so that what is joined
// in place or cancelled leaves nothing behind.
//
// Linked lists under locks, several of them so that producers meet seldom, each in two parts so
// that producers and consumers do. A lock-free queue would have to keep cancelled tasks until they
// come out at its end (docs/decisions/10).
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace micropool::detail {

// Some tasks in a row. Everything but a glance at `waiting` needs the lock.
struct task_list {
  mutable short_mutex mutex;
  background_task* first = nullptr;
  background_task* last = nullptr;
  // How many there are. Q3
  std::atomic<std::uint32_t> waiting{0};

  void unlink(background_task& t) noexcept;
};

// Q1  A task stands in the list that its `list` names; the lock of that list guards its links, and
//     `list` itself. Once it has been taken out, `list` is null for good.
// Q2  Producers put tasks at the end of a lane's `back`. Consumers take from its `front`; when that
//     is empty, they move the oldest of the back there. Nothing else is put in front, and the lock
//     of the back is held while it is done. So whatever is in front is older than all in the back.
// Q3  A task is counted in one of the two lists at any moment until it is taken: in front before it
//     is no longer counted in the back. Who looks at the back first and then in front overlooks
//     none (tests/model/advance.pml).
// Q4  A push ends with the unlocking of the back, and a look without the lock begins with a glance
//     at that lock. So of a spawner that reads who sleeps next, and a sleeper that was counted
//     before it looks, one sees the other (edges short_mutex.glance, idle.publish).
//
// Who needs both locks of a lane takes that of the back first. Nobody holds those of two lanes.
class background_queue {
public:
  // Any thread; one producer always uses the same `lane`. False if the queue is closed and the
  // producer is not `inside`, that is, part of the work that the pool is waiting for.
  bool push(background_task& t, std::uint64_t lane, bool inside) noexcept;

  // The oldest task of some producer, or null. Calls with different `turn` begin with different
  // lanes.
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
  static constexpr std::uint32_t lane_count = 8;

  struct lane {
    alignas(cache_line) task_list back;
    std::uint64_t pushed = 0;  // these two under the lock of the back
    bool closed = false;
    alignas(cache_line) task_list front;

    bool empty() const noexcept;
    background_task* pop() noexcept;
    background_task* pop_front() noexcept;
    background_task* pop_back() noexcept;
    void advance(std::uint32_t n) noexcept;
  };

  std::array<lane, lane_count> lanes_;
};

}  // namespace micropool::detail
