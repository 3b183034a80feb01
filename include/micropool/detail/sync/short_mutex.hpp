// SPDX-License-Identifier: MIT OR Apache-2.0
// A mutex of four bytes for sections of some ten instructions: taken and given back inline; a thread
// that has to wait spins a little, then sleeps, so that a holder which has lost its processor gets it
// back whatever the priorities are.
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
    // [release: short_mutex.hold] what this holder wrote.
    // LAST TOUCH of the state: the next holder may end what the mutex lives in; the wake-up names an
    // address only.
    if (state_.exchange(open, std::memory_order_release) == wanted) [[unlikely]] wake_one();
  }

private:
  // wanted: held, and somebody may sleep.
  enum : std::uint32_t { open, held, wanted };

  MICROPOOL_API void wait_and_lock() noexcept;
  MICROPOOL_API void wake_one() noexcept;

  std::atomic<std::uint32_t> state_{open};
};

}  // namespace micropool::detail
