// SPDX-License-Identifier: MIT OR Apache-2.0
// An awaitable that knows nothing of micropool: what a library for I/O or timers may hand out.
#pragma once

#include <atomic>
#include <coroutine>

// [snippet: event]
// One coroutine waits, one thread sets. The second of the two resumes the coroutine.
class event {
public:
  // Sets the event; resumes the waiting coroutine, if there is one, on the calling thread.
  // The event may be gone as soon as the waiter knows, so this touches nothing afterwards.
  void set() {
    void* const before = state_.exchange(is_set(), std::memory_order_acq_rel);
    if (before != nullptr) std::coroutine_handle<>::from_address(before).resume();
  }

  bool await_ready() const noexcept { return state_.load(std::memory_order_acquire) == is_set(); }
  bool await_suspend(std::coroutine_handle<> waiter) noexcept {
    void* no_waiter = nullptr;
    return state_.compare_exchange_strong(no_waiter, waiter.address(), std::memory_order_acq_rel,
                                          std::memory_order_acquire);  // false: set meanwhile
  }
  void await_resume() const noexcept {}

private:
  void* is_set() const noexcept { return const_cast<event*>(this); }
  std::atomic<void*> state_{nullptr};  // null, the waiter's address, or is_set()
};
// [end]
