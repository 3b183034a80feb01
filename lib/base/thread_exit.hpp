// SPDX-License-Identifier: MIT OR Apache-2.0
// What a thread releases when it ends.
//
// Uses a key of pthreads instead of thread_locals with destructors. Registering the first such
// destructor on a thread takes the loader's lock, and a dlopen() holds that lock while its static
// initialisers run: one that waits for such a thread would wait for ever.
#pragma once

namespace micropool::detail {

// In the order in which they are taken at the end: leaving a pool gives frames and stacks back.
enum class exit_step : unsigned { leave_pools, give_back_frames, give_back_stacks, end_signal_stack };

// Calls f on this thread when it ends, after the destructors of its thread_locals. A step that is
// requested again during the end is taken again. Each step must always have the same function. Not
// called on a thread that ends the process.
void at_thread_exit(exit_step step, void (*f)() noexcept) noexcept;

}  // namespace micropool::detail
