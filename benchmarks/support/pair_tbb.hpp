// SPDX-License-Identifier: MIT OR Apache-2.0
// Two calls in parallel through oneTBB, from a thread outside the arena.
#pragma once

#include <oneapi/tbb/parallel_invoke.h>

#include <concepts>

#include "host_tbb.hpp"

namespace bench {

struct tbb_pair : tbb_host {
  using tbb_host::tbb_host;

  template <std::invocable F, std::invocable G>
  void join(F&& f, G&& g) {
    arena.execute([&] { oneapi::tbb::parallel_invoke([&] { f(); }, [&] { g(); }); });
  }
};

}  // namespace bench
