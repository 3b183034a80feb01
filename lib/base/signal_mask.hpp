// SPDX-License-Identifier: MIT OR Apache-2.0
// Signals belong to the program: no worker takes one that is sent to the process.
#pragma once

#include <csignal>

namespace micropool::detail {

// Blocks every signal on this thread except those by which the system answers an instruction of
// the thread itself (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS) and SIGABRT.
void block_asynchronous_signals() noexcept;

// Does the same for its lifetime: a thread that is made meanwhile starts with the signals blocked.
class signals_blocked {
public:
  signals_blocked() noexcept;
  ~signals_blocked();
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

private:
  sigset_t before_;
};

}  // namespace micropool::detail
