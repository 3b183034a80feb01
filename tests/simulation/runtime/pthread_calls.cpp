// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads, mutexes and what belongs to them. Defined by the program, they are also what the standard
// library calls. Outside of an execution there is one thread, which holds every lock.
#include "layout.hpp"
#include "machine.hpp"
#include "memory.hpp"
#include "mutant.hpp"
#include "threads.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

using namespace simulation;

namespace {

template <class F>
F* next(F*, const char* name) noexcept {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

pthread_t handle_of(unsigned id) noexcept { return id + 1; }
unsigned thread_of(pthread_t t) noexcept { return static_cast<unsigned>(t - 1); }

struct key_record {
  bool exists;
  void (*destructor)(void*);
};
constinit key_record keys[max_keys]{};

[[gnu::always_inline]] inline void note_pc() noexcept { world.pc = __builtin_return_address(0); }

}  // namespace

void simulation::run_key_destructors() noexcept {
  for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; ++round) {
    for (unsigned i = 0; i < max_keys; ++i) {
      void* const value = self().keys[i];
      self().keys[i] = nullptr;
      if (value != nullptr && keys[i].destructor != nullptr) keys[i].destructor(value);
    }
  }
}

extern "C" {

int pthread_create(pthread_t* out, const pthread_attr_t*, void* (*function)(void*),
                   void* argument) {
  if (!world.active) std::abort();  // a thread of the system would run simulated code
  note_pc();
  const in_runtime runtime;
  point({});
  *out = handle_of(start_thread(function, argument));
  return 0;
}
int pthread_join(pthread_t t, void** result) {
  note_pc();
  const in_runtime runtime;
  void* const r = join_thread(thread_of(t));
  if (result != nullptr) *result = r;
  return 0;
}
int pthread_detach(pthread_t t) {
  world.threads[thread_of(t)].detached = true;
  return 0;
}
pthread_t pthread_self() { return handle_of(world.current); }
int pthread_setname_np(pthread_t, const char*) { return 0; }
int pthread_setaffinity_np(pthread_t, std::size_t, const cpu_set_t*) { return 0; }
int pthread_atfork(void (*)(), void (*)(), void (*)()) { return 0; }
int pthread_getattr_np(pthread_t t, pthread_attr_t* a) {
  if (!world.active) return next(&pthread_getattr_np, "pthread_getattr_np")(t, a);
  pthread_attr_init(a);
  return pthread_attr_setstack(
      a, reinterpret_cast<void*>(stacks_base + thread_of(t) * stack_size), stack_size);
}

int pthread_mutex_lock(pthread_mutex_t* m) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  if (!is_unlocked(m)) lock_mutex(m);
  return 0;
}
int pthread_mutex_trylock(pthread_mutex_t* m) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  return is_unlocked(m) || try_lock_mutex(m) ? 0 : EBUSY;
}
int pthread_mutex_unlock(pthread_mutex_t* m) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  if (!was_unlocked(m)) unlock_mutex(m);
  return 0;
}

int pthread_cond_wait(pthread_cond_t* c, pthread_mutex_t* m) {
  note_pc();
  const in_runtime runtime;
  wait_condition(c, m, no_deadline);
  return 0;
}
// All clocks of the simulated machine tell the same time.
int pthread_cond_clockwait(pthread_cond_t* c, pthread_mutex_t* m, clockid_t, const timespec* t) {
  note_pc();
  const in_runtime runtime;
  return wait_condition(c, m, nanoseconds(*t)) ? 0 : ETIMEDOUT;
}
int pthread_cond_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* t) {
  return pthread_cond_clockwait(c, m, CLOCK_REALTIME, t);
}
int pthread_cond_signal(pthread_cond_t* c) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  if (!is_left_out(operation::wake)) notify_condition(c, 1);
  return 0;
}
int pthread_cond_broadcast(pthread_cond_t* c) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  if (!is_left_out(operation::wake)) notify_condition(c, max_threads);
  return 0;
}

// The first word of the control: 0, or 1 while the function runs, or 2.
int pthread_once(pthread_once_t* once, void (*function)()) {
  auto* const state = reinterpret_cast<int*>(once);
  if (!world.active) {
    if (*state == 2) return 0;
    function();
    *state = 2;
    return 0;
  }
  {
    const in_runtime runtime;
    lock_mutex(once);
  }
  plain_access(reinterpret_cast<std::uintptr_t>(state), sizeof *state, true);
  const bool is_first = *state != 2;
  if (is_first) function();
  *state = 2;
  const in_runtime runtime;
  unlock_mutex(once);
  return 0;
}
int __cxa_guard_acquire(std::uint64_t* guard) {
  auto* const done = reinterpret_cast<char*>(guard);
  if (!world.active) return *done == 0;
  const in_runtime runtime;
  lock_mutex(guard);
  plain_access(reinterpret_cast<std::uintptr_t>(guard) + 4, 1, true);
  if (*done == 0) return 1;
  unlock_mutex(guard);
  return 0;
}
void __cxa_guard_release(std::uint64_t* guard) {
  auto* const done = reinterpret_cast<char*>(guard);
  if (!world.active) {
    *done = 1;
    return;
  }
  const in_runtime runtime;
  // The compiler's own test of the guard, an acquire load, comes before the call.
  atomic_store(reinterpret_cast<std::uintptr_t>(done), 1, 1, order::release);
  unlock_mutex(guard);
}
void __cxa_guard_abort(std::uint64_t* guard) {
  if (!world.active) return;
  const in_runtime runtime;
  unlock_mutex(guard);
}

int __cxa_thread_atexit(void (*function)(void*), void* object, void* library) {
  if (!world.active) {
    return next(&__cxa_thread_atexit, "__cxa_thread_atexit")(function, object, library);
  }
  thread& t = self();
  if (t.exit_call_count == max_exit_calls) fail("too many thread_local variables");
  t.exit_calls[t.exit_call_count++] = {function, object};
  return 0;
}

int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) {
  for (unsigned i = 0; i < max_keys; ++i) {
    if (keys[i].exists) continue;
    keys[i] = {true, destructor};
    *key = i;
    return 0;
  }
  return EAGAIN;
}
int pthread_key_delete(pthread_key_t key) {
  keys[key].exists = false;
  return 0;
}
void* pthread_getspecific(pthread_key_t key) {
  return world.active ? self().keys[key] : nullptr;
}
int pthread_setspecific(pthread_key_t key, const void* value) {
  if (world.active) self().keys[key] = const_cast<void*>(value);
  return 0;
}

int sched_yield() noexcept {
  if (!world.active) return 0;
  note_pc();
  yield();
  return 0;
}
int sched_getcpu() noexcept { return static_cast<int>(world.current); }
}
