// SPDX-License-Identifier: MIT OR Apache-2.0
// Fibers and their hosts: how a host runs its fiber, and what plain code in a fiber waits for.
#pragma once

#include <micropool/detail/sched/migration.hpp>
#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {

// Suspends the fiber until the branch has ended.
void wait_for(fiber& f, latch& ended) noexcept;

// Migrates the fiber's host, as migrate() of a frame does.
void migrate(fiber& f, migration there) noexcept;

}  // namespace micropool::detail
