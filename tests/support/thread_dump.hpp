// SPDX-License-Identifier: MIT OR Apache-2.0
// Shows what every thread of this process is doing: the kernel's view of it, and its stack. For a
// process that is about to die; it interrupts the threads with a signal.
#pragma once

namespace micropool_test {

// Installs the signal handler. Call it before anything can hang.
void prepare_thread_dump();

// Writes to stderr. One call at a time; not for signal handlers.
void dump_threads();

// At most 15 characters.
void name_this_thread(const char* name);

}  // namespace micropool_test
