// SPDX-License-Identifier: MIT OR Apache-2.0
// A mutex of four bytes for sections of some ten instructions: taken and given back inline; a
// thread that has to wait spins a little, then sleeps, so that a holder which has lost its
// processor gets it back whatever the priorities are.
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
    // [acquire: short_mutex.hold] what the last holder wrote.
    if (!state_.compare_exchange_strong(expected, held, std::memory_order_acquire)) [[unlikely]] {
      wait_and_lock();
    }
  }
  void unlock() noexcept {
    // LAST TOUCH of the state: the next holder may end what the mutex lives in; the wake-up names
    // an address only.
    // [release: short_mutex.hold] what this holder wrote.
    // [seq_cst: short_mutex.glance] before what this thread looks at next.
    if (state_.exchange(open, std::memory_order_seq_cst) == wanted) [[unlikely]] wake_one();
  }
  // For somebody who is about to look, without the lock, at an atomic that is written under it:
  // sees what the holders wrote that have given it back so far, in the single order of seq_cst
  // operations.
  void glance() const noexcept {
    // [seq_cst: short_mutex.glance] as above.
    static_cast<void>(state_.load(std::memory_order_seq_cst));
  }

private:
  // wanted: held, and somebody may sleep.
  enum : std::uint32_t { open, held, wanted };

  MICROPOOL_API void wait_and_lock() noexcept;
  MICROPOOL_API void wake_one() noexcept;

  std::atomic<std::uint32_t> state_{open};
};

}  // namespace micropool::detail
