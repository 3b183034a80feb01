// SPDX-License-Identifier: MIT OR Apache-2.0
// Tasks that can be told apart, for the tests of the background queue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "some_task.hpp"

namespace micropool_test {

// Knows its producer and its place in what the producer has pushed.
struct numbered_task : some_task {
  numbered_task(const some_pool& pool, std::uint64_t l, std::size_t n)
      : some_task(pool), lane(l), number(n) {}
  const std::uint64_t lane;
  const std::size_t number;
  std::atomic<int> taken{0};
  int written = 0;  // plain: published by the queue
};

inline numbered_task* as_numbered(micropool::detail::background_task* t) {
  return static_cast<numbered_task*>(t);
}

// Tasks of one lane, in the order of their numbers.
inline std::deque<numbered_task> numbered_tasks(const some_pool& pool, std::uint64_t lane,
                                                std::size_t count) {
  std::deque<numbered_task> all;
  for (std::size_t n = 0; n < count; ++n) all.emplace_back(pool, lane, n);
  return all;
}

}  // namespace micropool_test
