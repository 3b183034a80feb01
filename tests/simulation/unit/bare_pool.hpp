// SPDX-License-Identifier: MIT OR Apache-2.0
// The state of a pool without its threads: a test plays the participants itself.
#pragma once

#include "orders.hpp"

#include "sched/pool_state.hpp"

#include <cstddef>
#include <optional>

namespace micropool_test {

// Holds one reference.
class bare_pool {
public:
  explicit bare_pool(std::size_t workers = 0, std::optional<std::size_t> background_limit = {})
      : state_(new micropool::detail::pool_state(
            micropool::pool_options{.num_threads = workers,
                                    .idle_spin = std::chrono::nanoseconds(0),
                                    .background_limit = background_limit})) {}
  bare_pool(const bare_pool&) = delete;
  bare_pool& operator=(const bare_pool&) = delete;
  ~bare_pool() { state_->release(); }

  micropool::detail::pool_state& operator*() const { return *state_; }
  micropool::detail::pool_state* operator->() const { return state_; }

private:
  micropool::detail::pool_state* state_;
};

}  // namespace micropool_test
