// SPDX-License-Identifier: MIT OR Apache-2.0
// The lowest of the indices that several threads have found: for engines that have no search of
// their own. Threads read it to leave out what lies behind it.
#pragma once

#include <atomic>
#include <cstddef>

namespace bench::loops {

class lowest_index {
public:
  explicit lowest_index(std::size_t none) noexcept : index_(none) {}

  std::size_t get() const noexcept { return index_.load(std::memory_order_relaxed); }
  void take(std::size_t i) noexcept {
    std::size_t old = get();
    while (i < old && !index_.compare_exchange_weak(old, i, std::memory_order_relaxed)) {
    }
  }

private:
  std::atomic<std::size_t> index_;
};

}  // namespace bench::loops
