// SPDX-License-Identifier: MIT OR Apache-2.0
#include "threads.hpp"

#include "machine.hpp"
#include "memory.hpp"
#include "trace.hpp"

#include <cerrno>
#include <ctime>

namespace simulation {
namespace {

step_kind step_at(const void* p) noexcept {
  return {reinterpret_cast<std::uintptr_t>(p), true, false, false};
}
std::uintptr_t address(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

// Who holds which mutex. Few are held at the same time.
struct held_mutex {
  const void* mutex;
  unsigned holder;
};
constexpr unsigned max_held = 64;
struct held_mutexes {
  std::int32_t execution;
  unsigned count;
  held_mutex all[max_held];
};
constinit held_mutexes held{};

held_mutex* find_held(const void* m) noexcept {
  if (held.execution != world.execution) {
    held.execution = world.execution;
    held.count = 0;
  }
  for (unsigned i = 0; i < held.count; ++i) {
    if (held.all[i].mutex == m) return &held.all[i];
  }
  return nullptr;
}

void take(const void* m) noexcept {
  if (held.count == max_held) fail("more than %u mutexes are held", max_held);
  held.all[held.count++] = {m, world.current};
  lock_acquired(address(m));
}

void release(const void* m) noexcept {
  held_mutex* const h = find_held(m);
  if (h == nullptr) fail("unlock of mutex %p, which no thread holds", m);
  if (h->holder != world.current) fail("unlock of mutex %p, which thread %u holds", m, h->holder);
  *h = held.all[--held.count];
  lock_released(address(m));
  wake_at(wait_kind::mutex, m, max_threads);
}

void take_once_free(const void* m) noexcept {
  while (const held_mutex* h = find_held(m)) {
    if (h->holder == world.current) fail("thread %u locks mutex %p twice", world.current, m);
    wait(wait_kind::mutex, m);
  }
  take(m);
}

}  // namespace

void lock_mutex(const void* m) noexcept {
  point(step_at(m));
  take_once_free(m);
}

bool try_lock_mutex(const void* m) noexcept {
  point(step_at(m));
  if (find_held(m) != nullptr) return false;
  take(m);
  return true;
}

void unlock_mutex(const void* m) noexcept {
  point(step_at(m));
  release(m);
}

bool wait_condition(const void* c, const void* m, std::uint64_t deadline) noexcept {
  point(step_at(c));
  release(m);
  const bool is_spurious = world.decides->choose(2, decision::spurious) == 1;
  const bool in_time = is_spurious || wait(wait_kind::condition, c, deadline);
  point(step_at(m));
  take_once_free(m);
  return in_time;
}

void notify_condition(const void* c, unsigned n) noexcept {
  point(step_at(c));
  wake_at(wait_kind::condition, c, n);
}

long futex_wait(const void* word, std::uint32_t value, std::uint64_t deadline) noexcept {
  point(step_at(word));
  if (newest_value(address(word), sizeof value) != value) {
    errno = EAGAIN;
    return -1;
  }
  if (world.decides->choose(2, decision::spurious) == 1) {
    errno = EINTR;
    return -1;
  }
  trace_other(event_kind::wait, address(word));
  if (wait(wait_kind::futex, word, deadline)) return 0;
  errno = ETIMEDOUT;
  return -1;
}

long futex_wake(const void* word, unsigned n) noexcept {
  point(step_at(word));
  trace_other(event_kind::wake, address(word));
  return static_cast<long>(wake_at(wait_kind::futex, word, n));
}

void sleep_until(std::uint64_t deadline) noexcept {
  // A thread that sleeps lets others go first, but the time may pass at any moment.
  if (world.decides->choose(2, decision::spurious) == 1) return yield();
  wait(wait_kind::sleep, nullptr, deadline);
}

std::uint64_t nanoseconds(const timespec& t) noexcept {
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(t.tv_nsec);
}

}  // namespace simulation
