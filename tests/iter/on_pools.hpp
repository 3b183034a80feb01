// SPDX-License-Identifier: MIT OR Apache-2.0
// Where cases about consumers run, and the sources that they share.
#pragma once

#include "gate.hpp"

#include <micropool/iter.hpp>
#include <micropool/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

namespace micropool_test {

// Calls f on pools of several sizes, by an outside thread.
template <class F>
void on_pools(F f) {
  for (const std::size_t workers : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
    micropool::thread_pool pool({.num_threads = workers});
    pool.install(f);
  }
}

inline std::vector<micropool::split> every_split() {
  return {micropool::split_auto(), micropool::split_by_threads(), micropool::split_by(7),
          micropool::split_per(10), micropool::split_per_item()};
}

// 0, 1 ... n-1, as a type of the user's.
struct numbers {
  std::size_t n;
  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const { return i; }
};

// The same; its size is known when it has been prepared.
struct prepared_numbers {
  static constexpr bool is_repeatable = true;
  std::size_t n;
  std::size_t known = 0;
  micropool::task<> prepare() {
    known = n;
    co_return;
  }
  std::size_t size() const { return known; }
  std::size_t fetch(std::size_t i) const { return i; }
};

// Holds the first two who call pass() until both have come: so they are two participants.
class meeting_of_two {
public:
  void pass() {
    if (calls_.fetch_add(1) < 2) both_.arrive_and_wait();
  }

private:
  std::atomic<int> calls_{0};
  countdown both_{2};
};

inline auto par_numbers(std::size_t n) { return micropool::parallel_iterator(numbers{n}); }
inline auto par_prepared(std::size_t n) {
  return micropool::parallel_iterator(prepared_numbers{n});
}

}  // namespace micropool_test
