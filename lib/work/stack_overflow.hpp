// SPDX-License-Identifier: MIT OR Apache-2.0
// A message instead of a mere crash when the code in a fiber needs more stack than it has.
#pragma once

namespace micropool::detail {

// Enables the report on this thread: gives it an alternate signal stack if it has none, and at the
// first call in the process installs handlers for SIGSEGV and SIGBUS. These forward every other
// fault to the handlers that were installed before.
void report_overflows_on_this_thread() noexcept;

// Keeps the library from installing handlers from now on. Any thread.
void never_report_overflows() noexcept;

}  // namespace micropool::detail
