// SPDX-License-Identifier: MIT OR Apache-2.0
// The global pool.
#include "pool_state.hpp"

#include <mutex>

namespace micropool::detail {
namespace {

constinit std::mutex mutex;
constinit std::atomic<pool_state*> pool{nullptr};

bool start(const pool_options& options) {
  const std::lock_guard lock(mutex);
  if (pool.load(std::memory_order_relaxed) != nullptr) return false;
  // [release: pool.default] whole before it can be found.
  pool.store(pool_state::create(options, nullptr), std::memory_order_release);
  return true;
}

}  // namespace

pool_state& default_pool() {
  // [acquire: pool.default] the pool behind the pointer.
  if (pool_state* p = pool.load(std::memory_order_acquire)) return *p;
  start({});
  // [acquire: pool.default] as above, whoever has started it.
  return *pool.load(std::memory_order_acquire);
}

bool start_default_pool(const pool_options& options) { return start(options); }

}  // namespace micropool::detail
