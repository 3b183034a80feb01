// SPDX-License-Identifier: MIT OR Apache-2.0
// The system below the threads: futexes, the heavy fence, time, memory and signals.
#include "heap.hpp"
#include "layout.hpp"
#include "machine.hpp"
#include "memory.hpp"
#include "mutant.hpp"
#include "stacks.hpp"
#include "threads.hpp"
#include "tls.hpp"

#include <dlfcn.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>

using namespace simulation;

extern "C" void* __libc_malloc(std::size_t);
extern "C" void* __libc_calloc(std::size_t, std::size_t);
extern "C" void* __libc_realloc(void*, std::size_t);
extern "C" void* __libc_memalign(std::size_t, std::size_t);
extern "C" void __libc_free(void*);

namespace {

long raw(long n, long a, long b, long c, long d, long e, long f) noexcept {
  long r;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(r)
               : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  if (r >= 0 || r < -4095) return r;
  errno = static_cast<int>(-r);
  return -1;
}

bool is_simulated(const void* p) noexcept { return is_in_heap(reinterpret_cast<std::uintptr_t>(p)); }

void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
  const in_runtime runtime;
  return heap_allocate(bytes, alignment);
}

// A fault of the simulated program is a failure of the execution.
void on_fault(int signal, siginfo_t* info, void*) {
  if (thread_pointer() == world.host_tls) {
    ::signal(signal, SIG_DFL);
    return;
  }
  fail("signal %d (%s) for address %p", signal, ::strsignal(signal), info->si_addr);
}

std::uint64_t deadline_after(const timespec* t) noexcept {
  return t != nullptr ? virtual_time() + nanoseconds(*t) : no_deadline;
}

[[gnu::always_inline]] inline void note_pc() noexcept { world.pc = __builtin_return_address(0); }

}  // namespace

void simulation::catch_faults() {
  const auto system = reinterpret_cast<int (*)(int, const struct sigaction*, struct sigaction*)>(
      ::dlsym(RTLD_NEXT, "sigaction"));
  const auto stack = reinterpret_cast<int (*)(const stack_t*, stack_t*)>(
      ::dlsym(RTLD_NEXT, "sigaltstack"));
  constexpr std::size_t size = std::size_t{64} << 10;
  const stack_t own{.ss_sp = host_pages(size), .ss_flags = 0, .ss_size = size};
  stack(&own, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = &on_fault;
  // Left by a switch of stacks and not by returning.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) system(signal, &action, nullptr);
}

extern "C" {

void* malloc(std::size_t n) { return world.active ? allocate(n, 16) : __libc_malloc(n); }
void* calloc(std::size_t n, std::size_t size) {
  if (!world.active) return __libc_calloc(n, size);
  void* const p = allocate(n * size, 16);
  return std::memset(p, 0, n * size);
}
void* realloc(void* p, std::size_t n) {
  if (!world.active) return __libc_realloc(p, n);
  if (p == nullptr) return malloc(n);
  void* const grown = allocate(n, 16);
  const std::size_t size = heap_size_of(p);
  std::memcpy(grown, p, size < n ? size : n);
  free(p);
  return grown;
}
void* aligned_alloc(std::size_t alignment, std::size_t n) {
  return world.active ? allocate(n, alignment) : __libc_memalign(alignment, n);
}
void* memalign(std::size_t alignment, std::size_t n) { return aligned_alloc(alignment, n); }
int posix_memalign(void** out, std::size_t alignment, std::size_t n) {
  *out = aligned_alloc(alignment, n);
  return *out != nullptr ? 0 : ENOMEM;
}
void free(void* p) {
  if (!is_simulated(p)) return __libc_free(p);
  // What the host frees has ended with the execution.
  if (!world.active) return;
  note_pc();
  const in_runtime runtime;
  heap_free(p);
}

void* mmap(void* where, std::size_t n, int protection, int flags, int file, off_t offset) {
  if (world.active && file == -1 && where == nullptr) {
    const in_runtime runtime;
    return map_pages(n);
  }
  return reinterpret_cast<void*>(raw(SYS_mmap, reinterpret_cast<long>(where), static_cast<long>(n),
                                     protection, flags, file, offset));
}
int munmap(void* p, std::size_t n) {
  if (is_in_maps(reinterpret_cast<std::uintptr_t>(p))) {
    // What the host unmaps has ended with the execution.
    if (!world.active) return 0;
    note_pc();
    const in_runtime runtime;
    unmap_pages(p, n);
    return 0;
  }
  return static_cast<int>(raw(SYS_munmap, reinterpret_cast<long>(p), static_cast<long>(n), 0, 0, 0, 0));
}
int mprotect(void* p, std::size_t n, int protection) {
  if (is_in_maps(reinterpret_cast<std::uintptr_t>(p))) return 0;
  return static_cast<int>(raw(SYS_mprotect, reinterpret_cast<long>(p), static_cast<long>(n), protection, 0, 0, 0));
}
int madvise(void* p, std::size_t n, int advice) {
  if (is_in_maps(reinterpret_cast<std::uintptr_t>(p))) return 0;
  return static_cast<int>(raw(SYS_madvise, reinterpret_cast<long>(p), static_cast<long>(n), advice, 0, 0, 0));
}

int clock_gettime(clockid_t clock, timespec* t) noexcept {
  if (!world.active) {
    return static_cast<int>(raw(SYS_clock_gettime, clock, reinterpret_cast<long>(t), 0, 0, 0, 0));
  }
  const std::uint64_t now = virtual_time();
  t->tv_sec = static_cast<time_t>(now / 1'000'000'000);
  t->tv_nsec = static_cast<long>(now % 1'000'000'000);
  return 0;
}
int clock_nanosleep(clockid_t, int flags, const timespec* t, timespec*) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  sleep_until((flags & TIMER_ABSTIME) != 0 ? nanoseconds(*t) : deadline_after(t));
  return 0;
}
int nanosleep(const timespec* t, timespec*) {
  if (!world.active) return 0;
  note_pc();
  const in_runtime runtime;
  sleep_until(deadline_after(t));
  return 0;
}

// Faults are the runtime's to handle.
int sigaction(int, const struct sigaction*, struct sigaction* before) noexcept {
  if (before != nullptr) *before = {};
  return 0;
}
int sigaltstack(const stack_t*, stack_t* before) noexcept {
  if (before != nullptr) *before = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  return 0;
}
int pthread_sigmask(int, const sigset_t*, sigset_t*) noexcept { return 0; }

// The library's own hooks (detail/base/cpu.hpp, detail/work/frame_alloc.hpp).
void micropool_simulated_pause() noexcept {
  if (!world.active) return;
  note_pc();
  simulation::pause();
}
std::uint64_t micropool_simulated_ticks() noexcept { return virtual_time(); }
bool micropool_simulated_recycling() noexcept { return world.recycles; }

long syscall(long n, ...) noexcept {
  std::va_list rest;
  va_start(rest, n);
  long a[6];
  for (long& x : a) x = va_arg(rest, long);
  va_end(rest);
  if (!world.active) return raw(n, a[0], a[1], a[2], a[3], a[4], a[5]);
  note_pc();
  const in_runtime runtime;
  if (n == SYS_membarrier) {
    if (!world.has_membarrier) {
      errno = ENOSYS;
      return -1;
    }
    if (a[0] == MEMBARRIER_CMD_PRIVATE_EXPEDITED && !is_left_out(operation::heavy_fence)) {
      fence_all_threads();
    }
    return 0;
  }
  if (n == SYS_futex) {
    const auto* const word = reinterpret_cast<const void*>(a[0]);
    const auto value = static_cast<std::uint32_t>(a[2]);
    const auto* const t = reinterpret_cast<const timespec*>(a[3]);
    switch (a[1] & FUTEX_CMD_MASK) {
      case FUTEX_WAIT: return futex_wait(word, value, deadline_after(t));
      case FUTEX_WAIT_BITSET:
        return futex_wait(word, value, t != nullptr ? nanoseconds(*t) : no_deadline);
      case FUTEX_WAKE: return is_left_out(operation::wake) ? 0 : futex_wake(word, value);
      default: fail("unknown futex operation %ld", a[1]);
    }
  }
  return raw(n, a[0], a[1], a[2], a[3], a[4], a[5]);
}
}
