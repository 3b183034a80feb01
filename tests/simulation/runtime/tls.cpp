// SPDX-License-Identifier: MIT OR Apache-2.0
// Follows the x86-64 ABI for thread-local storage (variant II): the variables of all modules lie
// below the thread pointer, and the system's own record of the thread above it.
#include "tls.hpp"

#include "clock.hpp"
#include "layout.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

// Private functions of glibc's loader, which pthread_create() uses.
extern "C" void* _dl_allocate_tls(void*);
extern "C" void _dl_get_tls_static_info(std::size_t*, std::size_t*);
extern "C" void __ctype_init();

namespace simulation {
namespace {

// At least sizeof(struct pthread) of glibc.
constexpr std::size_t record_size = 4096;
// Offsets within that record.
constexpr std::size_t own_address = 0x10;   // and at 0
constexpr std::size_t stack_guard = 0x28;   // and behind it the guard of pointers

struct areas {
  std::size_t below;  // bytes of variables
  char* images;       // of each area as new
};
areas made{};

char* pointer_of(unsigned id) noexcept {
  return reinterpret_cast<char*>(tls_base + (id + 1) * tls_area_size - record_size);
}
char* image_of(unsigned id) noexcept {
  return made.images + id * (made.below + record_size);
}

void make_areas() {
  std::size_t alignment = 0;
  _dl_get_tls_static_info(&made.below, &alignment);
  if (made.below + record_size > tls_area_size) std::abort();
  made.images = static_cast<char*>(std::malloc(max_threads * (made.below + record_size)));
  char* const host = thread_pointer();
  for (unsigned id = 0; id < max_threads; ++id) {
    char* const p = pointer_of(id);
    _dl_allocate_tls(p);
    std::memcpy(p, &p, sizeof(char*));
    std::memcpy(p + own_address, &p, sizeof(char*));
    std::memcpy(p + stack_guard, host + stack_guard, 2 * sizeof(void*));
    set_thread_pointer(p);
    __ctype_init();
    set_thread_pointer(host);
    std::memcpy(image_of(id), p - made.below, made.below + record_size);
  }
}

}  // namespace

char* thread_pointer() noexcept {
  char* p;
  asm("rdfsbase %0" : "=r"(p));
  return p;
}

[[gnu::noinline]] void set_thread_pointer(char* p) noexcept {
  asm volatile("wrfsbase %0" : : "r"(p) : "memory");
}

char* fresh_tls(unsigned id) {
  if (made.images == nullptr) make_areas();
  char* const p = pointer_of(id);
  std::memcpy(p - made.below, image_of(id), made.below + record_size);
  return p;
}

}  // namespace simulation
