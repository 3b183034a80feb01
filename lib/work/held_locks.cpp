// SPDX-License-Identifier: MIT OR Apache-2.0
// Interposes the system's locking functions to count held locks, with the option lock_checks.
//
// It counts what a program calls by these names, which std::mutex and std::shared_mutex do. It
// does not see what libc locks for itself, so a wait for a condition counts as holding the mutex
// all the time, and it cannot know that an unlock belongs to a lock of another stack: a task that
// unlocks what its caller holds is counted wrongly.
//
// It works in a static archive as well, but not in a program without a shared C library, which has
// no second definition behind it.
#include "held_locks.hpp"

#include <micropool/detail/base/macros.hpp>

#include <utility>

namespace {

[[gnu::tls_model("initial-exec")]] constinit thread_local int held = 0;

}  // namespace

#if MICROPOOL_LOCK_CHECKS

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

#include <cerrno>

namespace {

using micropool::detail::fail_misuse;

// The function of that name that would be called without this file.
template <class F>
F* next(const char* name) noexcept {
  void* const found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) [[unlikely]] {
    fail_misuse("micropool: a program with lock checks is linked without a shared C library, whose "
                "locking functions the checks count",
                "link it without -static, or build micropool with -Dlock_checks=false");
  }
  return reinterpret_cast<F*>(found);
}

int locked(int result) noexcept {
  // A robust mutex whose holder has died is locked as well.
  if (result == 0 || result == EOWNERDEAD) ++held;
  return result;
}
int unlocked(int result) noexcept {
  if (result == 0) --held;
  return result;
}

}  // namespace

extern "C" {

MICROPOOL_API int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  static auto* const system = next<int(pthread_mutex_t*)>("pthread_mutex_lock");
  return locked(system(m));
}
MICROPOOL_API int pthread_mutex_trylock(pthread_mutex_t* m) noexcept {
  static auto* const system = next<int(pthread_mutex_t*)>("pthread_mutex_trylock");
  return locked(system(m));
}
MICROPOOL_API int pthread_mutex_timedlock(pthread_mutex_t* m, const timespec* t) noexcept {
  static auto* const system =
      next<int(pthread_mutex_t*, const timespec*)>("pthread_mutex_timedlock");
  return locked(system(m, t));
}
MICROPOOL_API int pthread_mutex_clocklock(pthread_mutex_t* m, clockid_t c,
                                          const timespec* t) noexcept {
  static auto* const system =
      next<int(pthread_mutex_t*, clockid_t, const timespec*)>("pthread_mutex_clocklock");
  return locked(system(m, c, t));
}
MICROPOOL_API int pthread_mutex_unlock(pthread_mutex_t* m) noexcept {
  static auto* const system = next<int(pthread_mutex_t*)>("pthread_mutex_unlock");
  return unlocked(system(m));
}
MICROPOOL_API int pthread_rwlock_rdlock(pthread_rwlock_t* l) noexcept {
  static auto* const system = next<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  return locked(system(l));
}
MICROPOOL_API int pthread_rwlock_wrlock(pthread_rwlock_t* l) noexcept {
  static auto* const system = next<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  return locked(system(l));
}
MICROPOOL_API int pthread_rwlock_tryrdlock(pthread_rwlock_t* l) noexcept {
  static auto* const system = next<int(pthread_rwlock_t*)>("pthread_rwlock_tryrdlock");
  return locked(system(l));
}
MICROPOOL_API int pthread_rwlock_trywrlock(pthread_rwlock_t* l) noexcept {
  static auto* const system = next<int(pthread_rwlock_t*)>("pthread_rwlock_trywrlock");
  return locked(system(l));
}
MICROPOOL_API int pthread_rwlock_unlock(pthread_rwlock_t* l) noexcept {
  static auto* const system = next<int(pthread_rwlock_t*)>("pthread_rwlock_unlock");
  return unlocked(system(l));
}

}  // extern "C"

#endif

namespace micropool::detail {

MICROPOOL_NOINLINE int exchange_held_locks(int of_other_stack) noexcept {
  return std::exchange(held, of_other_stack);
}

}  // namespace micropool::detail
