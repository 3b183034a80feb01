// SPDX-License-Identifier: MIT OR Apache-2.0
// A pool without workers, for white-box tests that play its participants themselves.
#pragma once

#include "sched/pool_state.hpp"

namespace micropool_test {

class some_pool {
public:
  some_pool() : pool_(micropool::detail::pool_state::create({.num_threads = 0})) {}
  some_pool(const some_pool&) = delete;
  some_pool& operator=(const some_pool&) = delete;
  ~some_pool() {
    pool_->stop(false);
    pool_->release();
  }
  micropool::detail::pool_state& operator*() const { return *pool_; }
  micropool::detail::pool_state* operator->() const { return pool_; }

private:
  micropool::detail::pool_state* pool_;
};

}  // namespace micropool_test
