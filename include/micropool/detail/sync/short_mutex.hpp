// SPDX-License-Identifier: MIT OR Apache-2.0
// short_mutex: a mutex of four bytes for critical sections of some ten instructions. Locks and
// unlocks inline. A waiting thread spins briefly and then sleeps, so that a preempted holder gets
// its processor back whatever the priorities are.
//
// Drepper, "Futexes are tricky", 2011, mutex 3.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

class short_mutex {
public:
  short_mutex() noexcept = default;
  short_mutex(const short_mutex&) = delete;
  short_mutex& operator=(const short_mutex&) = delete;

  void lock() noexcept {
    std::uint32_t expected = open;
    // [acquire: short_mutex.hold] what the last holder wrote is visible.
    if (!state_.compare_exchange_strong(expected, held, std::memory_order_acquire)) [[unlikely]] {
      wait_and_lock();
    }
  }
  // Returns false if it is held. Writes nothing then, so that the holder keeps the cache line.
  bool try_lock() noexcept {
    std::uint32_t expected = open;
    // [acquire: short_mutex.hold] as above.
    return state_.load(std::memory_order_relaxed) == open &&
           state_.compare_exchange_strong(expected, held, std::memory_order_acquire);
  }
  void unlock() noexcept {
    // LAST TOUCH of the state: the next holder may destroy the object that holds the mutex. The
    // wake-up uses the address only.
    // [release: short_mutex.hold] what this holder wrote.
    // [seq_cst: short_mutex.unlocks] before what this thread reads next.
    if (state_.exchange(open, std::memory_order_seq_cst) == wanted) [[unlikely]] wake_one();
  }
  // Orders the caller's next reads after every unlock that precedes this call in the single order
  // of seq_cst operations. To be called before an atomic that is written under the lock is read
  // without the lock.
  void order_after_unlocks() const noexcept {
    // [seq_cst: short_mutex.unlocks] as above.
    static_cast<void>(state_.load(std::memory_order_seq_cst));
  }

private:
  // wanted: held, and a thread may sleep on it.
  enum : std::uint32_t { open, held, wanted };

  MICROPOOL_API void wait_and_lock() noexcept;
  MICROPOOL_API void wake_one() noexcept;

  std::atomic<std::uint32_t> state_{open};
};

}  // namespace micropool::detail
