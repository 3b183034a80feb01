// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts the outstanding parts of a join or scope: one token per part.
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

class token_counter {
public:
  explicit token_counter(std::int64_t tokens) noexcept : tokens_(tokens) {}

  // By a holder of a token, which keeps the counter from reaching zero meanwhile.
  void add(std::int64_t n = 1) noexcept { tokens_.fetch_add(n, std::memory_order_relaxed); }

  // Gives tokens back; true for whoever gives the last one.
  // LAST TOUCH: after a false return the counter and the frame it lives in may be gone.
  bool give_back(std::int64_t n = 1) noexcept {
    // [acq_rel: join.end] what each part wrote is visible to whoever goes on after the last.
    return tokens_.fetch_sub(n, std::memory_order_acq_rel) == n;
  }

  // By a holder of n tokens: are these the only ones left?
  bool only_mine(std::int64_t n) const noexcept {
    // [acquire: join.end] what the ended parts wrote is visible.
    return tokens_.load(std::memory_order_acquire) == n;
  }

private:
  std::atomic<std::int64_t> tokens_;
};

}  // namespace micropool::detail
