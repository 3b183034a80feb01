// SPDX-License-Identifier: MIT OR Apache-2.0
// A message instead of a mere crash where the code in a fiber needs more stack than it has.
#pragma once

namespace micropool::detail {

// Makes this thread able to report it: gives it an alternate signal stack if it has none, and at
// the first call in the process installs handlers for SIGSEGV and SIGBUS. These pass everything
// else on to what was installed before.
void report_overflows_on_this_thread() noexcept;

}  // namespace micropool::detail
