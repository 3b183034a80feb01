// SPDX-License-Identifier: MIT OR Apache-2.0
// owned_counter: a statistics counter that one thread writes and any thread may read.
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

// Only its owner writes it, so a plain load and store replace a locked add.
class owned_counter {
public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace micropool::detail
