// SPDX-License-Identifier: MIT OR Apache-2.0
// Tells AddressSanitizer and ThreadSanitizer which stack runs. Empty without them.
//
// A switch has three steps: leave_for() on the old stack, the jump, arrive_from() on the new one.
#pragma once

#include "stack_pool.hpp"

#include <micropool/detail/base/macros.hpp>

#if MICROPOOL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if MICROPOOL_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#include <cstddef>

namespace micropool::detail {

// One stack, the thread's or a fiber's, as the sanitizers know it.
class sanitized_stack {
public:
  // The caller's own stack; known from the first switch away from it.
  sanitized_stack() noexcept = default;
  sanitized_stack([[maybe_unused]] const stack_memory& s,
                  [[maybe_unused]] const char* name) noexcept {
#if MICROPOOL_ASAN
    lowest_ = s.lowest;
    size_ = s.size;
#endif
#if MICROPOOL_TSAN
    tsan_ = __tsan_create_fiber(0);
    __tsan_set_fiber_name(tsan_, name);
#endif
  }

  // Called on this stack, before `to` runs. `for_good` if nothing is left on this one.
  // Inlined, because ThreadSanitizer counts the calls that each stack is in.
  MICROPOOL_ALWAYS_INLINE void leave_for([[maybe_unused]] const sanitized_stack& to,
                                         [[maybe_unused]] bool for_good = false) noexcept {
#if MICROPOOL_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_, to.lowest_, to.size_);
#endif
#if MICROPOOL_TSAN
    if (tsan_ == nullptr) tsan_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.tsan_, 0);
#endif
  }
  // Called on this stack again, or for the first time, after `from` has run.
  MICROPOOL_ALWAYS_INLINE void arrive_from([[maybe_unused]] sanitized_stack& from) noexcept {
#if MICROPOOL_ASAN
    __sanitizer_finish_switch_fiber(fake_, &from.lowest_, &from.size_);
#endif
  }

  // Ends a fiber's stack whose code has ended. Called on another stack.
  void end([[maybe_unused]] const stack_memory& s) noexcept {
#if MICROPOOL_ASAN
    // The frames that will not return still mark their borders.
    __asan_unpoison_memory_region(s.lowest, s.size);
#endif
#if MICROPOOL_TSAN
    __tsan_destroy_fiber(tsan_);
#endif
  }

private:
#if MICROPOOL_ASAN
  void* fake_ = nullptr;
  const void* lowest_ = nullptr;
  std::size_t size_ = 0;
#endif
#if MICROPOOL_TSAN
  void* tsan_ = nullptr;
#endif
};

}  // namespace micropool::detail
