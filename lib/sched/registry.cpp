// SPDX-License-Identifier: MIT OR Apache-2.0
#include "registry.hpp"

#include <algorithm>
#include <system_error>

namespace micropool::detail {

registry::~registry() {
  for (auto& c : chunks_) {
    chunk* doomed = c.load(std::memory_order_relaxed);
    if (doomed == nullptr) break;
    for (auto& slot : doomed->slots) delete slot.load(std::memory_order_relaxed);
    delete doomed;
  }
}

participant_state& registry::acquire(pool_state& pool, bool worker) {
  const std::lock_guard lock(mutex_);
  for (std::uint32_t c = 0; c * per_chunk < capacity; ++c) {
    chunk* here = chunks_[c].load(std::memory_order_relaxed);
    if (here == nullptr) {
      here = new chunk;
      // [release: registry.slot] a chunk is whole before it can be found.
      chunks_[c].store(here, std::memory_order_release);
      // [seq_cst: idle.publish] as below.
      chunk_count_.store(c + 1, std::memory_order_seq_cst);
    }
    const std::uint64_t taken = here->taken.load(std::memory_order_relaxed);
    if (taken == ~std::uint64_t{0}) continue;
    const auto slot = static_cast<std::uint32_t>(std::countr_one(taken));
    const std::uint32_t id = c * per_chunk + slot;
    if (id >= capacity) break;
    participant_state* p = here->slots[slot].load(std::memory_order_relaxed);
    if (p == nullptr) {
      p = new participant_state(pool, id, worker);
      // [release: registry.slot] a participant is whole before it can be found. [seq_cst: idle.publish]
      // before its hint is lowered: a sleeper whose epoch it does not see finds it.
      here->slots[slot].store(p, std::memory_order_seq_cst);
    }
    // [release: registry.slot] as above. [seq_cst: idle.publish] before what the holder publishes: a
    // sleeper that it does not see finds the slot in its last look.
    here->taken.fetch_or(std::uint64_t{1} << slot, std::memory_order_seq_cst);
    return *p;
  }
  throw_full();
}

bool registry::is_full() const noexcept {
  for (std::uint32_t first = 0; first < capacity; first += per_chunk) {
    const std::uint32_t slots = std::min(per_chunk, capacity - first);
    // [acquire: registry.slot] the chunk behind the pointer.
    const chunk* const here = chunks_[first / per_chunk].load(std::memory_order_acquire);
    if (here == nullptr) return false;
    const auto taken = here->taken.load(std::memory_order_relaxed);
    if (static_cast<std::uint32_t>(std::countr_one(taken)) < slots) return false;
  }
  return true;
}

void registry::throw_full() {
  throw std::system_error(
      std::make_error_code(std::errc::resource_unavailable_try_again),
      "micropool: 65534 calls are under way in one pool: of threads that block, or inside each "
      "other, through help() or other pools");
}

void registry::release(participant_state& p) noexcept {
  const std::lock_guard lock(mutex_);
  chunk* here = chunks_[p.id / per_chunk].load(std::memory_order_relaxed);
  // Relaxed: the lock orders the last owner's writes before those of the next owner.
  here->taken.fetch_and(~(std::uint64_t{1} << (p.id % per_chunk)), std::memory_order_relaxed);
}

}  // namespace micropool::detail
