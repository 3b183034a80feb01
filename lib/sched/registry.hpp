// SPDX-License-Identifier: MIT OR Apache-2.0
// All participants of a pool, found by number and visited in any order without a lock.
#pragma once

#include "participant_state.hpp"

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace micropool::detail {

// Slots are allocated on demand, reused, and deleted with the registry.
class registry {
public:
  static constexpr std::uint32_t capacity = 0xfffe;  // a steal link has 16 bits for it

  registry() = default;
  ~registry();
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;

  // Takes a free slot, the lowest so that visits find few of them. Throws std::system_error if all
  // of `capacity` are taken by as many threads at once.
  participant_state& acquire(pool_state& pool, bool worker);
  // Returns true if acquire() would throw that. Other threads may change it.
  bool is_full() const noexcept;
  [[noreturn]] static void throw_full();
  void release(participant_state& p) noexcept;

  // For fork(), which holds the lock meanwhile.
  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

  participant_state& at(std::uint32_t id) const noexcept {
    // [acquire: registry.slot] the participant behind the pointer.
    return *chunks_[id / per_chunk].load(std::memory_order_acquire)->slots[id % per_chunk].load(
        std::memory_order_acquire);
  }

  // A mark that the participant sleeps, so that one that does is found at constant cost. Set by its
  // thread before it is counted as a sleeper, and taken back by the thread that ends the sleep,
  // before the sleeper can run on.
  void show_asleep(const participant_state& p) noexcept {
    // [release: registry.slot] the participant that is found by it.
    asleep_of(p).fetch_or(bit_of(p), std::memory_order_release);
  }
  void show_awake(const participant_state& p) noexcept {
    // [release: registry.slot] as above, for the bits that stay.
    asleep_of(p).fetch_and(~bit_of(p), std::memory_order_release);
  }
  // Calls f(participant) for each that is marked until it returns true. `start` chooses the first.
  template <class F>
  bool any_asleep(std::uint64_t start, F&& f) const {
    return any_of(&chunk::asleep, start, f);
  }

  // Calls f(participant) for each taken slot until it returns true. `start` chooses the first one.
  template <class F>
  bool any(std::uint64_t start, F&& f) const {
    return any_of(&chunk::taken, start, f);
  }

  // Calls f(participant) for every slot ever allocated, taken or not.
  template <class F>
  void each(F&& f) const {
    // [acquire: registry.slot] as above. [seq_cst: idle.publish] a sleeper that raises the hints misses
    // none that its holder has lowered before.
    const std::uint32_t n = chunk_count_.load(std::memory_order_seq_cst);
    for (std::uint32_t c = 0; c < n; ++c) {
      // [acquire: registry.slot] as above.
      for (auto& slot : chunks_[c].load(std::memory_order_acquire)->slots) {
        // [acquire: registry.slot] [seq_cst: idle.publish] as above.
        if (auto* p = slot.load(std::memory_order_seq_cst)) f(*p);
      }
    }
  }

private:
  static constexpr std::uint32_t per_chunk = 64;
  struct chunk {
    // One bit per slot that a thread holds.
    std::atomic<std::uint64_t> taken{0};
    std::array<std::atomic<participant_state*>, per_chunk> slots{};
    // One bit per slot whose worker sleeps.
    alignas(cache_line) std::atomic<std::uint64_t> asleep{0};
  };

  // Calls f(participant) for each bit that is set until it returns true.
  template <class F>
  bool any_of(const std::atomic<std::uint64_t> chunk::* bits_of, std::uint64_t start,
              F&& f) const {
    // [acquire: registry.slot] chunks below the count exist. [seq_cst: idle.publish] also in a
    // sleeper's last look on a kernel without the heavy fence.
    const std::uint32_t n = chunk_count_.load(std::memory_order_seq_cst);
    if (n == 0) return false;
    const auto first = static_cast<std::uint32_t>((start >> 6) % n);
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t c = first + k < n ? first + k : first + k - n;
      // [acquire: registry.slot] the participants behind the bits.
      const chunk& here = *chunks_[c].load(std::memory_order_acquire);
      // [acquire: registry.slot] [seq_cst: idle.publish] as above.
      const std::uint64_t all = (here.*bits_of).load(std::memory_order_seq_cst);
      const int turn = static_cast<int>(start & 63);
      for (std::uint64_t bits = std::rotr(all, turn); bits != 0; bits &= bits - 1) {
        const int slot = (std::countr_zero(bits) + turn) & 63;
        if (f(*here.slots[static_cast<std::size_t>(slot)].load(std::memory_order_relaxed))) {
          return true;
        }
      }
    }
    return false;
  }

  std::atomic<std::uint64_t>& asleep_of(const participant_state& p) const noexcept {
    // [acquire: registry.slot] as above.
    return chunks_[p.id / per_chunk].load(std::memory_order_acquire)->asleep;
  }
  static std::uint64_t bit_of(const participant_state& p) noexcept {
    return std::uint64_t{1} << (p.id % per_chunk);
  }

  mutable short_mutex mutex_;
  std::atomic<std::uint32_t> chunk_count_{0};
  std::array<std::atomic<chunk*>, capacity / per_chunk + 1> chunks_{};
};

}  // namespace micropool::detail
