// SPDX-License-Identifier: MIT OR Apache-2.0
// The locks of the shared stores, which fork() holds while the process is copied, so that the
// copies are whole (sched/after_fork.cpp).
#pragma once

namespace micropool::detail {

void lock_frame_store() noexcept;
void unlock_frame_store() noexcept;
void lock_stack_store() noexcept;
void unlock_stack_store() noexcept;

}  // namespace micropool::detail
