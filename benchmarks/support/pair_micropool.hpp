// SPDX-License-Identifier: MIT OR Apache-2.0
// Two calls in parallel through micropool, from a thread outside the pool.
#pragma once

#include <concepts>
#include <utility>

#include "host_micropool.hpp"

namespace bench {

// The blocking join of plain callables.
struct micropool_blocking_pair : micropool_host {
  using micropool_host::micropool_host;

  template <std::invocable F, std::invocable G>
  void join(F&& f, G&& g) {
    pool.join(std::forward<F>(f), std::forward<G>(g));
  }
};

// The awaited join of two tasks in a coroutine that the caller waits for.
struct micropool_awaited_pair : micropool_host {
  using micropool_host::micropool_host;

  template <std::invocable F, std::invocable G>
  void join(F&& f, G&& g) {
    pool.sync_wait(both(f, g));
  }

private:
  template <class F>
  static micropool::task<> one(F& f) {
    f();
    co_return;
  }

  template <class F, class G>
  static micropool::task<> both(F& f, G& g) {
    co_await micropool::join(one(f), one(g));
  }
};

}  // namespace bench
