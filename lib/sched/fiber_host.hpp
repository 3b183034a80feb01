// SPDX-License-Identifier: MIT OR Apache-2.0
// Fibers and their hosts: how one is driven, and what plain code in one waits for.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {

// Suspends the fiber until the branch has ended.
void wait_for(fiber& f, latch& ended) noexcept;

// Moves the fiber to an inbox of its host, and the pool of that.
void go_on_at(fiber& f, inbox& home) noexcept;

}  // namespace micropool::detail
