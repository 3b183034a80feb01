// SPDX-License-Identifier: MIT OR Apache-2.0
#include "all_pools.hpp"

#include "pool_state.hpp"

#include <micropool/detail/sync/short_mutex.hpp>

#include <mutex>

namespace micropool::detail {
namespace {

constinit short_mutex mutex;
constinit pool_state* newest = nullptr;
constinit std::atomic<std::uint32_t> count{0};

}  // namespace

void add_to_all_pools(pool_state& pool) noexcept {
  const std::lock_guard lock(mutex);
  pool.links.next = newest;
  if (newest != nullptr) newest->links.prev = &pool;
  newest = &pool;
  // [seq_cst: idle.publish] before anything is ready on the pool.
  count.fetch_add(1, std::memory_order_seq_cst);
}

void remove_from_all_pools(pool_state& pool) noexcept {
  const std::lock_guard lock(mutex);
  auto [prev, next] = pool.links;
  (prev == nullptr ? newest : prev->links.next) = next;
  if (next != nullptr) next->links.prev = prev;
  count.fetch_sub(1, std::memory_order_relaxed);
}

void lock_all_pools() noexcept { mutex.lock(); }
void unlock_all_pools() noexcept { mutex.unlock(); }

pool_state* first_pool() noexcept { return newest; }

bool any_other_pool(const pool_state& but, bool (*f)(pool_state&, const void*),
                    const void* argument) noexcept {
  // [seq_cst: idle.publish] a sleeper's last look comes after its count.
  if (count.load(std::memory_order_seq_cst) < 2) return false;
  const std::lock_guard lock(mutex);
  for (pool_state* p = newest; p != nullptr; p = p->links.next) {
    if (p != &but && f(*p, argument)) return true;
  }
  return false;
}

}  // namespace micropool::detail
