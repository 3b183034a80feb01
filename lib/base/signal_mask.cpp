// SPDX-License-Identifier: MIT OR Apache-2.0
#include "signal_mask.hpp"

#include <pthread.h>

#include <initializer_list>

namespace micropool::detail {
namespace {

void block_asynchronous(sigset_t* before) noexcept {
  sigset_t asynchronous;
  sigfillset(&asynchronous);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    sigdelset(&asynchronous, own);
  }
  ::pthread_sigmask(SIG_BLOCK, &asynchronous, before);
}

}  // namespace

void block_asynchronous_signals() noexcept { block_asynchronous(nullptr); }

signals_blocked::signals_blocked() noexcept { block_asynchronous(&before_); }
signals_blocked::~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace micropool::detail
