// SPDX-License-Identifier: MIT OR Apache-2.0
// Code on a stack that the program has made itself, as a library of fibers would.
#pragma once

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>

#include <micropool/detail/base/macros.hpp>

#if MICROPOOL_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace micropool_test {

// Tells AddressSanitizer of the switches, as a library of fibers has to.
class told_switch {
public:
  void leave_own([[maybe_unused]] const void* to, [[maybe_unused]] std::size_t size) {
#if MICROPOOL_ASAN
    __sanitizer_start_switch_fiber(&frames_, to, size);
#endif
  }
  void come_to_new() {
#if MICROPOOL_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &own_, &own_size_);
#endif
  }
  void leave_new() {
#if MICROPOOL_ASAN
    __sanitizer_start_switch_fiber(nullptr, own_, own_size_);
#endif
  }
  void come_back() {
#if MICROPOOL_ASAN
    __sanitizer_finish_switch_fiber(frames_, nullptr, nullptr);
#endif
  }

private:
  [[maybe_unused]] void* frames_ = nullptr;
  [[maybe_unused]] const void* own_ = nullptr;
  [[maybe_unused]] std::size_t own_size_ = 0;
};

// Runs f on such a stack, with pages beneath it that cannot be touched, and returns when f does.
// What f throws must not leave it.
inline void on_foreign_stack(std::size_t size, const std::function<void()>& f) {
  const auto guard = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const memory = ::mmap(nullptr, guard + size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || ::mprotect(memory, guard, PROT_NONE) != 0) throw std::bad_alloc();
  ucontext_t back = {};
  ucontext_t there = {};
  ::getcontext(&there);
  there.uc_stack.ss_sp = static_cast<std::byte*>(memory) + guard;
  there.uc_stack.ss_size = size;
  there.uc_link = &back;
  struct call {
    const std::function<void()>& f;
    told_switch told{};
  } c{f};
  const auto begin = +[](unsigned low, unsigned high) {
    const auto address = (std::uintptr_t{high} << 32) | low;
    call& mine = *reinterpret_cast<call*>(address);
    mine.told.come_to_new();
    mine.f();
    mine.told.leave_new();
  };
  const auto address = reinterpret_cast<std::uintptr_t>(&c);
  ::makecontext(&there, reinterpret_cast<void (*)()>(begin), 2, static_cast<unsigned>(address),
                static_cast<unsigned>(address >> 32));
  c.told.leave_own(there.uc_stack.ss_sp, size);
  ::swapcontext(&back, &there);
  c.told.come_back();
  ::munmap(memory, guard + size);
}

}  // namespace micropool_test
