// SPDX-License-Identifier: MIT OR Apache-2.0
#include "park.hpp"

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace micropool::detail {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) noexcept {
  return ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word),
                   operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

constexpr int spins_before_sleep = 100;

bool register_membarrier() noexcept {
  return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

}  // namespace

void parker::park() noexcept {
  std::uint32_t expected = idle;
  // [acquire: park.token] what was written before the unpark is visible after the park.
  if (state_.compare_exchange_strong(expected, parked, std::memory_order_acquire)) {
    // Other returns of the kernel (a signal, a changed word) need no distinction: look again.
    // [acquire: park.token] as above.
    while (state_.load(std::memory_order_acquire) == parked) futex(state_, FUTEX_WAIT, parked);
  }
  // [acquire: park.token] as above, for an unpark that came in between.
  state_.exchange(idle, std::memory_order_acquire);
}

void parker::unpark() noexcept {
  // [release: park.token] what was written before is visible to the one that wakes.
  if (state_.exchange(notified, std::memory_order_release) == parked) futex(state_, FUTEX_WAKE, 1);
}

void short_mutex::wait_and_lock() noexcept {
  for (int i = 0; i < spins_before_sleep; ++i) {
    cpu_pause();
    std::uint32_t expected = open;
    // [acquire: short_mutex.hold] what the last holder wrote.
    if (state_.load(std::memory_order_relaxed) == open &&
        state_.compare_exchange_weak(expected, held, std::memory_order_acquire)) {
      return;
    }
  }
  // From here on as somebody for whom others may have to be woken, since nobody knows who still
  // sleeps. [acquire: short_mutex.hold] as above.
  while (state_.exchange(wanted, std::memory_order_acquire) != open) {
    futex(state_, FUTEX_WAIT, wanted);
  }
}

void short_mutex::wake_one() noexcept { futex(state_, FUTEX_WAKE, 1); }

void heavy_fence() noexcept {
  ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

bool heavy_fence_works() noexcept {
  static const bool works = register_membarrier();
  return works;
}

}  // namespace micropool::detail
