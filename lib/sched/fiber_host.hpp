// SPDX-License-Identifier: MIT OR Apache-2.0
// Fibers and their hosts: how one is driven, and what plain code in one waits for.
#pragma once

#include <micropool/detail/sched/lodging.hpp>
#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {

// Suspends the fiber until the branch has ended.
void wait_for(fiber& f, latch& ended) noexcept;

// As go_over of its host.
void go_over(fiber& f, lodging there) noexcept;

}  // namespace micropool::detail
