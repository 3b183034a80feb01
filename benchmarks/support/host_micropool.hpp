// SPDX-License-Identifier: MIT OR Apache-2.0
// A pool for benchmarks: the calling thread is one of the participants.
#pragma once

#include <micropool/micropool.hpp>

#include <cstddef>

namespace bench {

struct micropool_host {
  static constexpr bool parallel = true;

  explicit micropool_host(int participants)
      : pool({.num_threads = static_cast<std::size_t>(participants - 1)}) {}

  micropool::thread_pool pool;
};

}  // namespace bench
