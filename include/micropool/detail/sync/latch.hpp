// SPDX-License-Identifier: MIT OR Apache-2.0
// A one-shot event with at most one waiter. It knows nothing of threads: the waiter is an opaque
// pointer which set() hands back to whoever must wake it.
#pragma once

#include <atomic>

namespace micropool::detail {

class latch {
public:
  // Waiter. What was written before set() is visible once this is true.
  bool is_set() const noexcept {
    // [acquire: latch.set] see the results of what ended.
    return word_.load(std::memory_order_acquire) == set_mark();
  }

  // Anybody, once. Returns the waiter to wake, or null.
  // LAST TOUCH: after the exchange the latch and the frame it lives in may be gone.
  void* set() noexcept {
    // [acq_rel: latch.set] publish the results; see the waiter that announced itself.
    return word_.exchange(set_mark(), std::memory_order_acq_rel);
  }

  // Waiter, before it sleeps. False if the event has happened.
  bool announce(void* waiter) noexcept {
    void* expected = nullptr;
    // [acq_rel: latch.set] the waiter's parker is ready before set() can see it.
    return word_.compare_exchange_strong(expected, waiter, std::memory_order_acq_rel);
  }

  // Waiter, after it slept.
  void retract(void* waiter) noexcept {
    // [acquire: latch.set] if the event has happened, its results are visible.
    word_.compare_exchange_strong(waiter, nullptr, std::memory_order_acquire);
  }

private:
  // No participant has this address.
  void* set_mark() const noexcept { return const_cast<latch*>(this); }

  // Null: nobody sleeps on it; own address: set; else: the waiter to wake.
  std::atomic<void*> word_{nullptr};
};

}  // namespace micropool::detail
