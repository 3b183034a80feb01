// SPDX-License-Identifier: MIT OR Apache-2.0
// token_counter: counts the outstanding children of an awaited join, one token per child. (A scope
// counts its children in its scope_control, which outlives it.)
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

class token_counter {
public:
  explicit token_counter(std::int64_t tokens) noexcept : tokens_(tokens) {}

  // Adds tokens. The caller must hold one, which keeps the counter from reaching zero meanwhile.
  void add(std::int64_t n = 1) noexcept { tokens_.fetch_add(n, std::memory_order_relaxed); }

  // Returns n tokens. The result is true if they were the last ones.
  // LAST TOUCH: after a false return the counter and the frame it lives in may be gone.
  bool arrive(std::int64_t n = 1) noexcept {
    // [acq_rel: join.end] what each part wrote is visible to the thread that returns the last
    // token.
    return tokens_.fetch_sub(n, std::memory_order_acq_rel) == n;
  }

  // Returns true if the caller's n tokens are the only ones left.
  bool only_mine(std::int64_t n) const noexcept {
    // [acquire: join.end] what the ended parts wrote is visible.
    return tokens_.load(std::memory_order_acquire) == n;
  }

private:
  std::atomic<std::int64_t> tokens_;
};

}  // namespace micropool::detail
