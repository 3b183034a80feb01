// SPDX-License-Identifier: MIT OR Apache-2.0
// A background task that does nothing, for white-box tests that play the scheduler themselves.
#pragma once

#include "some_pool.hpp"

#include <micropool/detail/sched/background_task.hpp>

namespace micropool_test {

// On the stack of its test, which never gives up a reference to it.
struct some_task : micropool::detail::background_task {
  explicit some_task(const some_pool& pool)
      : background_task(
            *pool, [](micropool::detail::job&, micropool::detail::participant&) noexcept {},
            [](background_task&, operation) noexcept {}) {}
};

}  // namespace micropool_test
