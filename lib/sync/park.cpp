// SPDX-License-Identifier: MIT OR Apache-2.0
#include "park.hpp"

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <ctime>
#include <limits>

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
    // The kernel also returns for a signal or a changed word. These need no distinction: the state
    // is read again.
    // [acquire: park.token] as above.
    while (state_.load(std::memory_order_acquire) == parked) futex(state_, FUTEX_WAIT, parked);
  }
  // [acquire: park.token] as above, for an unpark that came in between.
  state_.exchange(idle, std::memory_order_acquire);
}

void parker::unpark() noexcept {
  // [release: park.token] what was written before is visible to the thread that wakes.
  if (state_.exchange(notified, std::memory_order_release) == parked) futex(state_, FUTEX_WAKE, 1);
}

void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value,
                 std::chrono::nanoseconds at_most) noexcept {
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const ::timespec t{static_cast<::time_t>(s.count()),
                     static_cast<long>((at_most - s).count())};
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
            value, &t, nullptr, 0);
}

void wake_all(std::atomic<std::uint32_t>& word) noexcept {
  futex(word, FUTEX_WAKE, std::numeric_limits<int>::max());
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
  // From here on the lock is taken as `wanted`, so that its release wakes the next sleeper: a
  // thread that has slept does not know whether others still sleep.
  // [acquire: short_mutex.hold] as above.
  while (state_.exchange(wanted, std::memory_order_acquire) != open) {
    futex(state_, FUTEX_WAIT, wanted);
  }
}

void short_mutex::wake_one() noexcept { futex(state_, FUTEX_WAKE, 1); }

void heavy_fence() noexcept {
  ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

bool heavy_fence_works() noexcept {
  // Several threads may register, which does no harm. Not a static variable: a child of fork()
  // would wait for a missing thread that initialises it.
  enum : int { unknown, no, yes };
  static constinit std::atomic<int> works{unknown};
  int answer = works.load(std::memory_order_relaxed);
  if (answer == unknown) [[unlikely]] {
    answer = register_membarrier() ? yes : no;
    works.store(answer, std::memory_order_relaxed);
  }
  return answer == yes;
}

}  // namespace micropool::detail
