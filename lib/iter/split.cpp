// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/iter/split.hpp>

#include "../sched/pool_state.hpp"

#include <micropool/thread_pool.hpp>

#include <stdexcept>

namespace micropool {

split split_by(std::uint64_t k) {
  if (k == 0) {
    throw std::invalid_argument("micropool: split_by(0): a loop is cut into at least one chunk");
  }
  return {split::kind::by_count, k};
}

split split_per(std::uint64_t n) {
  if (n == 0) {
    throw std::invalid_argument("micropool: split_per(0): a chunk has at least one item");
  }
  return {split::kind::per_items, n};
}

split thread_pool::split_by_threads() const noexcept {
  return {split::kind::by_threads, 0, state_};
}

}  // namespace micropool
