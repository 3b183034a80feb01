// SPDX-License-Identifier: MIT OR Apache-2.0
// The global pool.
#include "pool_state.hpp"
#include "thread_local_state.hpp"

#include <stdexcept>
#include <utility>

namespace micropool::detail {
namespace {

// Null, a mark while a thread makes the pool, or the pool. No lock: making the pool runs the
// program's spawn_handler, and may continue while another thread forks.
constinit std::atomic<pool_state*> pool{nullptr};
constinit std::atomic<const void*> maker{nullptr};  // of which thread, by its thread-local state

pool_state* being_made() noexcept { return reinterpret_cast<pool_state*>(std::uintptr_t{1}); }

void tell(pool_state* p) noexcept {
  // [release: pool.default] whole before it can be found.
  pool.store(p, std::memory_order_release);
  pool.notify_all();
}

// A new pool until it becomes the global one. Destroyed after another thread may start the global
// pool again, because its destruction may run user code.
struct candidate {
  ~candidate() {
    if (made != nullptr) made->release();
  }
  pool_state* made = nullptr;
};

// User code that runs while the pool starts (spawn_handler, copies of the options' functions) must
// not wait for the pool.
class starting {
public:
  starting() {
    if (this_thread().starts_global_pool) {
      throw std::logic_error(
          "micropool: the global pool was used by the code that starts it, such as its "
          "pool_options::spawn_handler; use it after init_global_pool() has returned, or another "
          "pool");
    }
    this_thread().starts_global_pool = true;
  }
  ~starting() { this_thread().starts_global_pool = false; }
  starting(const starting&) = delete;
  starting& operator=(const starting&) = delete;
};

bool start(const pool_options& options) {
  candidate c;
  const starting here;
  pool_state* before = nullptr;
  // [acquire: pool.default] the pool behind the pointer.
  while (!pool.compare_exchange_strong(before, being_made(), std::memory_order_acquire)) {
    if (before != being_made()) return false;
    pool.wait(before, std::memory_order_relaxed);
    before = nullptr;
  }
  maker.store(&this_thread(), std::memory_order_relaxed);
  try {
    c.made = pool_state::make(options);
    c.made->start();
    tell(std::exchange(c.made, nullptr));
  } catch (...) {
    tell(nullptr);
    throw;
  }
  return true;
}

}  // namespace

pool_state& default_pool() {
  // [acquire: pool.default] the pool behind the pointer.
  pool_state* p = pool.load(std::memory_order_acquire);
  if (reinterpret_cast<std::uintptr_t>(p) > 1) [[likely]] return *p;
  start({});
  // [acquire: pool.default] as above, on whatever thread it was started.
  return *pool.load(std::memory_order_acquire);
}

bool start_default_pool(const pool_options& options) { return start(options); }

void forget_unfinished_default_pool() noexcept {
  const bool unfinished = pool.load(std::memory_order_relaxed) == being_made();
  if (unfinished && maker.load(std::memory_order_relaxed) != &this_thread()) tell(nullptr);
}

}  // namespace micropool::detail
