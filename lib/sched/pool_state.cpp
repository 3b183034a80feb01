// SPDX-License-Identifier: MIT OR Apache-2.0
#include "pool_state.hpp"

#include "../work/stack_overflow.hpp"
#include "options_check.hpp"
#include "thread_local_state.hpp"

#include <utility>

namespace micropool::detail {

pool_state* pool_state::make(pool_options options) {
  // Registers the process now: that takes milliseconds once the process has several threads.
  static_cast<void>(heavy_fence_works());
  auto* const pool = new pool_state(checked(std::move(options)));
  if (!pool->options.stacks.report_overflow) never_report_overflows();
  return pool;
}

void pool_state::start() {
  try {
    start_workers();
  } catch (...) {
    stop(true);
    throw;
  }
}

pool_state* pool_state::create(pool_options options) {
  pool_state* const pool = make(std::move(options));
  try {
    pool->start();
  } catch (...) {
    pool->release();
    throw;
  }
  return pool;
}

bool has_workers(const pool_state& pool) noexcept { return !pool.workers.empty(); }

bool pool_state::take_place() noexcept {
  std::uint32_t taken = places_taken_.load(std::memory_order_relaxed);
  do {
    if (taken >= limit_) return false;
    // [seq_cst: idle.publish] before the look for queued tasks.
  } while (!places_taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_seq_cst));
  return true;
}

bool pool_state::is_inside() const noexcept {
  const auto& self = this_thread();
  if (self.worker != nullptr && self.worker->pool == this) return true;
  bool inside = false;
  participants.each([&](const participant_state& p) {
    if (p.is_worker || p.holder.load(std::memory_order_relaxed) != &self) return;
    // The slot may belong to another thread by now; if it is this thread's, no other changes it.
    // [acquire: registry.slot] the holder that came with the root.
    inside = inside || (!p.working_for.load(std::memory_order_acquire).none() &&
                        p.holder.load(std::memory_order_relaxed) == &self);
  });
  return inside;
}

void pool_state::drop_hooks() noexcept {
  options.on_thread_start = nullptr;
  options.on_thread_exit = nullptr;
  options.spawn_handler = nullptr;
}

}  // namespace micropool::detail
