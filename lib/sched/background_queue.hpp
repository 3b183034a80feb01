// SPDX-License-Identifier: MIT OR Apache-2.0
// The spawned tasks of a pool that have not been started: any number of producers and consumers,
// first in first out per producer, and removal from the middle at constant cost, so that what is
// joined in place or cancelled leaves nothing behind.
//
// Linked lists under locks: several of them, so that producers rarely contend, each in two parts,
// so that producers and consumers rarely do. A lock-free queue would have to keep cancelled tasks
// until they come out at its end (docs/decisions/10).
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace micropool::detail {

// A list of tasks. Requires the lock, except for reading `waiting` as a hint.
struct task_list {
  mutable short_mutex mutex;
  background_task* first = nullptr;
  background_task* last = nullptr;
  // How many tasks there are (Q3).
  std::atomic<std::uint32_t> waiting{0};

  void unlink(background_task& t) noexcept;
};

// Q1  A task stands in the list that its `list` names; the lock of that list guards its links, and
//     `list` itself. Once the task has been taken out, `list` is the mark of the process for good
//     (fork_mark.hpp).
// Q2  Producers put tasks at the end of a lane's `back`. Consumers take from its `front`; when that
//     is empty, they move the oldest of the back there. Nothing else is put in front, and the lock
//     of the back is held while it is done. So every task in front is older than all in the back.
// Q3  A task is counted in one of the two lists at any moment until it is taken: in front before it
//     is no longer counted in the back. A reader that looks at the back first and then in front
//     overlooks none (tests/simulation/unit/background_queue.cpp).
// Q4  A push ends with the unlocking of the back, and a look without the lock begins with a read
//     of that lock. So of a spawner that reads next who sleeps, and a sleeper that was counted
//     before it looks, one sees the other (edges short_mutex.unlocks, idle.publish).
//
// Q5  A consumer that may look again does not wait for a lock (`refused` is set): another one takes a
//     task just then, and a crowd that waits would make each of its sections longer.
//
// A thread that needs both locks of a lane takes that of the back first. Only fork() holds those
// of two lanes.
class background_queue {
public:
  // Queues a task. Any thread; one producer must always use the same `lane`. Returns false if the
  // queue is closed and the producer is not `inside`, that is, part of the work that the pool
  // waits for.
  bool push(background_task& t, std::uint64_t lane, bool inside) noexcept;

  // Takes the oldest task of some producer; returns null if there is none. Calls with different
  // `turn` begin with different lanes.
  background_task* pop(std::uint64_t turn) noexcept;
  // The same, but waits for no lock. If it returns null and a lock was held, sets `refused`: there
  // may be tasks (Q5).
  background_task* try_pop(std::uint64_t turn, bool& refused) noexcept;

  // Takes a task out, wherever it stands. Returns false if another thread has. (B1)
  bool remove(background_task& t) noexcept;

  // Returns true if no task was queued. Does not lock (Q3, Q4).
  bool empty() const noexcept;

  // Refuses every later push that is not `inside`. On return no other push is under way.
  void close() noexcept;
  // How many tasks have been pushed so far.
  std::uint64_t pushed() const noexcept;
  // How many of them wait here; an estimate.
  std::uint64_t waiting() const noexcept;

  // For fork(), which holds all locks meanwhile.
  void lock() noexcept;
  void unlock() noexcept;

private:
  static constexpr std::uint32_t lane_count = 8;

  struct lane {
    alignas(cache_line) task_list back;
    std::uint64_t pushed = 0;  // these two under the lock of the back
    bool closed = false;
    alignas(cache_line) task_list front;

    bool empty() const noexcept;
    background_task* pop() noexcept;
    background_task* try_pop(bool& refused) noexcept;
    background_task* pop_front(std::unique_lock<short_mutex> lock) noexcept;
    background_task* pop_back(std::unique_lock<short_mutex> lock) noexcept;
    void advance(std::uint32_t n) noexcept;
  };

  std::array<lane, lane_count> lanes_;
};

}  // namespace micropool::detail
