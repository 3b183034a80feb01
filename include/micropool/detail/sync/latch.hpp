// SPDX-License-Identifier: MIT OR Apache-2.0
// latch: a one-shot event with at most one waiter. Independent of threads: the waiter is an opaque
// pointer that set() returns to its caller, which must wake the waiter.
#pragma once

#include <atomic>

namespace micropool::detail {

class latch {
public:
  // Waiter. Once this returns true, what was written before set() is visible.
  bool is_set() const noexcept {
    // [acquire: latch.set] see the results of the work that has ended.
    return word_.load(std::memory_order_acquire) == set_mark();
  }

  // Waker: any thread, once. Returns the waiter to wake, or null.
  // LAST TOUCH: after the exchange the latch and the frame it lives in may be gone.
  void* set() noexcept {
    // [acq_rel: latch.set] publish the results; see the waiter that has announced itself.
    return word_.exchange(set_mark(), std::memory_order_acq_rel);
  }

  // Waiter, before it sleeps. Returns false if the event has happened.
  bool announce(void* waiter) noexcept {
    void* expected = nullptr;
    // [acq_rel: latch.set] what the waiter has written comes before set() can see it.
    return word_.compare_exchange_strong(expected, waiter, std::memory_order_acq_rel);
  }

  // Waiter, after it has slept. Does nothing if the event has happened, which is_set() tells.
  void retract(void* waiter) noexcept {
    word_.compare_exchange_strong(waiter, nullptr, std::memory_order_relaxed);
  }

  // Waiter, once the latch is set: prepares it for another event. The waker does not touch the
  // latch after set().
  void reset() noexcept { word_.store(nullptr, std::memory_order_relaxed); }

private:
  // No waiter has this address: neither a participant, nor a fiber's host, whose low bit is set.
  void* set_mark() const noexcept { return const_cast<latch*>(this); }

  // Null: not set, no waiter has announced itself. Own address: set. Otherwise: the waiter to wake.
  std::atomic<void*> word_{nullptr};
};

}  // namespace micropool::detail
