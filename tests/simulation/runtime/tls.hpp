// SPDX-License-Identifier: MIT OR Apache-2.0
// Thread-local storage of simulated threads: an area as the system would give it to a new thread, to
// which the processor's thread pointer is switched. So each thread_local of the program has an
// address of its own per thread, errno and the state of exceptions included.
#pragma once

namespace simulation {

// Returns the thread pointer of the running code.
char* thread_pointer() noexcept;
// Nothing that is thread-local may be used between this call and the switch of stacks.
void set_thread_pointer(char* p) noexcept;

// Returns the area of simulated thread `id`, initialised as for a new thread. Areas are made at the
// first call, which must not be made by a simulated thread.
char* fresh_tls(unsigned id);

}  // namespace simulation
