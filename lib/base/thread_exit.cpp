// SPDX-License-Identifier: MIT OR Apache-2.0
#include "thread_exit.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace micropool::detail {
namespace {

constexpr unsigned step_count = 4;
constinit std::atomic<void (*)() noexcept> steps[step_count]{};

// The value of the key is the set of steps to take. The system sets it to null before each call,
// and calls again if it has been set meanwhile.
void run_steps(void* wanted) noexcept {
  const auto set = reinterpret_cast<std::uintptr_t>(wanted);
  for (unsigned i = 0; i < step_count; ++i) {
    // Written by this thread, or by another one to the same value.
    if ((set >> i & 1) != 0) steps[i].load(std::memory_order_relaxed)();
  }
}

// The key is deleted when the library is unloaded, so that threads which end later do not call it.
class exit_key {
public:
  exit_key() noexcept : exists_(::pthread_key_create(&key_, &run_steps) == 0) {}
  ~exit_key() {
    if (exists_) ::pthread_key_delete(key_);
    exists_ = false;
  }
  exit_key(const exit_key&) = delete;
  exit_key& operator=(const exit_key&) = delete;

  void want(unsigned step) const noexcept {
    if (!exists_) return;
    const auto set = reinterpret_cast<std::uintptr_t>(::pthread_getspecific(key_));
    const std::uintptr_t more = set | std::uintptr_t{1} << step;
    if (more != set) ::pthread_setspecific(key_, reinterpret_cast<void*>(more));
  }

private:
  pthread_key_t key_{};
  bool exists_;
};

// Initialised before the statics of the program, which may use the library.
[[gnu::init_priority(101)]] exit_key key;

}  // namespace

void at_thread_exit(exit_step step, void (*f)() noexcept) noexcept {
  const auto i = static_cast<unsigned>(step);
  steps[i].store(f, std::memory_order_relaxed);
  key.want(i);
}

}  // namespace micropool::detail
