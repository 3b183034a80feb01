// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/iter/split.hpp>

#include "../sched/pool_state.hpp"

#include <micropool/thread_pool.hpp>

#include <stdexcept>
#include <string>

namespace micropool {

void detail::throw_bad_split(int kind, std::uint64_t n) {
  switch (static_cast<split::kind>(kind)) {
    case split::kind::by_count:
      throw std::invalid_argument("micropool: split_by(" + std::to_string(n) +
                                  "): a loop is cut into at least one chunk");
    case split::kind::per_items:
      throw std::invalid_argument("micropool: split_per(" + std::to_string(n) +
                                  "): a chunk has at least one item");
    default:
      throw std::invalid_argument("micropool: split: kind = " + std::to_string(kind) +
                                  ": must be automatic, by_threads, by_count or per_items");
  }
}

split thread_pool::split_by_threads() const noexcept {
  return {split::kind::by_threads, 0, state_};
}

}  // namespace micropool
