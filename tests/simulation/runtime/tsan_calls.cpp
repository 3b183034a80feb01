// SPDX-License-Identifier: MIT OR Apache-2.0
// The calls that -fsanitize=thread makes the compiler insert. The program is linked with these
// instead of ThreadSanitizer's own runtime.
#include "mutant.hpp"

#include <cstring>

using namespace simulation;

namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

std::uintptr_t number(const volatile void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }
order order_of(int o) noexcept { return static_cast<order>(o & 7); }

[[gnu::always_inline]] inline bool enters() noexcept {
  if (!world.active) return false;
  world.active = false;
  world.pc = __builtin_return_address(0);
  return true;
}

[[gnu::always_inline]] inline void plain(const volatile void* p, std::size_t size,
                                         bool writes) noexcept {
  if (size == 0 || !enters()) return;
  plain_access(number(p), size, writes);
  world.active = true;
}

template <class T>
T now(const volatile T* a) noexcept {
  return *a;
}

}  // namespace

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void* caller) {
  world.callers[world.entries++ % max_callers] = caller;
}
void __tsan_func_exit() {
  if (world.entries > 0) --world.entries;
}
void __tsan_vptr_read(void** p) { plain(p, sizeof *p, false); }
// A constructor or destructor that stores the value which is there already writes nothing.
void __tsan_vptr_update(void** p, void* value) {
  if (*p != value) plain(p, sizeof *p, true);
}
void __tsan_read_range(void* p, std::size_t n) { plain(p, n, false); }
void __tsan_write_range(void* p, std::size_t n) { plain(p, n, true); }

#define PLAIN(n)                                                     \
  void __tsan_read##n(void* p) { plain(p, n, false); }               \
  void __tsan_write##n(void* p) { plain(p, n, true); }               \
  void __tsan_unaligned_read##n(void* p) { plain(p, n, false); }     \
  void __tsan_unaligned_write##n(void* p) { plain(p, n, true); }     \
  void __tsan_volatile_read##n(void* p) { plain(p, n, false); }      \
  void __tsan_volatile_write##n(void* p) { plain(p, n, true); }      \
  void __tsan_unaligned_volatile_read##n(void* p) { plain(p, n, false); } \
  void __tsan_unaligned_volatile_write##n(void* p) { plain(p, n, true); }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)
#undef PLAIN

// clang calls the first of each pair; g++ the function itself, which the linker turns into the second.
#define COPY(name)                                                     \
  void* __real_##name(void* to, const void* from, std::size_t n);      \
  void* __tsan_##name(void* to, const void* from, std::size_t n) {     \
    plain(from, n, false);                                             \
    plain(to, n, true);                                                \
    return __real_##name(to, from, n);                                 \
  }                                                                    \
  void* __wrap_##name(void* to, const void* from, std::size_t n) {     \
    return __tsan_##name(to, from, n);                                 \
  }
COPY(memcpy)
COPY(memmove)
#undef COPY
void* __real_memset(void* to, int value, std::size_t n);
void* __tsan_memset(void* to, int value, std::size_t n) {
  plain(to, n, true);
  return __real_memset(to, value, n);
}
void* __wrap_memset(void* to, int value, std::size_t n) { return __tsan_memset(to, value, n); }

void __tsan_atomic_thread_fence(int o) {
  if (!enters()) return;
  step_fence(order_of(o));
  world.active = true;
}
void __tsan_atomic_signal_fence(int) {}

// Where no simulated thread runs, the operations are what they say.
#define CHANGE(bits, name, kind, builtin)                                                     \
  u##bits __tsan_atomic##bits##_##name(volatile u##bits* a, u##bits v, int o) {               \
    if (!enters()) return builtin(a, v, __ATOMIC_SEQ_CST);                                    \
    const u64 old = step_change(number(a), sizeof *a, change::kind, v, order_of(o));          \
    world.active = true;                                                                      \
    return static_cast<u##bits>(old);                                                         \
  }

#define EXCHANGE_IF(bits, name, is_weak)                                                        \
  int __tsan_atomic##bits##_compare_exchange_##name(volatile u##bits* a, u##bits* expected,     \
                                                    u##bits desired, int success, int failure) { \
    if (!enters()) {                                                                            \
      return __atomic_compare_exchange_n(a, expected, desired, false, __ATOMIC_SEQ_CST,         \
                                         __ATOMIC_SEQ_CST);                                     \
    }                                                                                           \
    u64 e = *expected;                                                                          \
    const bool done = step_compare_exchange(number(a), sizeof *a, e, desired, order_of(success), \
                                            order_of(failure), is_weak);                        \
    *expected = static_cast<u##bits>(e);                                                        \
    world.active = true;                                                                        \
    return done;                                                                                \
  }

#define ATOMIC(bits)                                                                            \
  u##bits __tsan_atomic##bits##_load(const volatile u##bits* a, int o) {                        \
    if (!enters()) return now(a);                                                               \
    const u64 value = step_load(number(a), sizeof *a, order_of(o));                             \
    world.active = true;                                                                        \
    return static_cast<u##bits>(value);                                                         \
  }                                                                                             \
  void __tsan_atomic##bits##_store(volatile u##bits* a, u##bits v, int o) {                     \
    if (!enters()) {                                                                            \
      *a = v;                                                                                   \
      return;                                                                                   \
    }                                                                                           \
    step_store(number(a), sizeof *a, v, order_of(o));                                           \
    world.active = true;                                                                        \
  }                                                                                             \
  CHANGE(bits, exchange, exchange, __atomic_exchange_n)                                         \
  CHANGE(bits, fetch_add, add, __atomic_fetch_add)                                              \
  CHANGE(bits, fetch_sub, subtract, __atomic_fetch_sub)                                         \
  CHANGE(bits, fetch_and, and_, __atomic_fetch_and)                                             \
  CHANGE(bits, fetch_or, or_, __atomic_fetch_or)                                                \
  CHANGE(bits, fetch_xor, xor_, __atomic_fetch_xor)                                             \
  CHANGE(bits, fetch_nand, nand, __atomic_fetch_nand)                                           \
  EXCHANGE_IF(bits, strong, false)                                                              \
  EXCHANGE_IF(bits, weak, true)                                                                 \
  u##bits __tsan_atomic##bits##_compare_exchange_val(volatile u##bits* a, u##bits expected,     \
                                                     u##bits desired, int success,              \
                                                     int failure) {                             \
    __tsan_atomic##bits##_compare_exchange_strong(a, &expected, desired, success, failure);     \
    return expected;                                                                            \
  }
ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
#undef ATOMIC
#undef EXCHANGE_IF
#undef CHANGE

// Fibers are code on another stack of the same simulated thread.
void* __tsan_get_current_fiber() { return nullptr; }
void* __tsan_create_fiber(unsigned) { return nullptr; }
void __tsan_destroy_fiber(void*) {}
void __tsan_switch_to_fiber(void*, unsigned) {}
void __tsan_set_fiber_name(void*, const char*) {}
}
