// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a participant's unended tasks were spawned, for the line that a pool prints when its
// shutdown takes long.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <source_location>

namespace micropool::detail {

// An entry names no task, only a line of the program, so any thread may read it at any time.
// Entries are few: a task that finds none free is not shown, and has paid for four looks.
class begun_tasks {
public:
  // Adds an entry. Owner's thread only. Returns its number, or 0 if none was found.
  std::uint8_t add(std::source_location where) noexcept {
    for (int probes = 0; probes < 4; ++probes) {
      next_ = (next_ + 1) % size;
      if (!is_free(places_[next_].load(std::memory_order_relaxed))) continue;
      places_[next_].store(where, std::memory_order_relaxed);
      return static_cast<std::uint8_t>(next_ + 1);
    }
    return 0;
  }
  // Removes an entry. Called by the thread that ends the task.
  void remove(std::uint8_t place) noexcept {
    places_[place - 1u].store(std::source_location(), std::memory_order_relaxed);
  }
  // Calls f(place) for each entry. Any thread.
  template <class F>
  void each(F&& f) const {
    for (const auto& p : places_) {
      const std::source_location where = p.load(std::memory_order_relaxed);
      if (!is_free(where)) f(where);
    }
  }

private:
  static constexpr std::size_t size = 64;
  // A source_location holds only a pointer to the compiler's own record of the place.
  static_assert(sizeof(std::source_location) == sizeof(void*));
  static bool is_free(std::source_location where) noexcept {
    return std::bit_cast<std::uintptr_t>(where) == 0;
  }

  std::size_t next_ = 0;
  std::array<std::atomic<std::source_location>, size> places_{};
};

}  // namespace micropool::detail
