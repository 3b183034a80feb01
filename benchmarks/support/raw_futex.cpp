// SPDX-License-Identifier: MIT OR Apache-2.0
// The system calls behind raw_futex_partner.
#include "raw_futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t while_equal) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, while_equal, nullptr, nullptr, 0);
}

void futex_wake_one(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace

raw_futex_partner::raw_futex_partner() : thread_([this] { serve(); }) {}

raw_futex_partner::~raw_futex_partner() {
  word_.store(ended, std::memory_order_release);
  futex_wake_one(word_);
  thread_.join();
}

void raw_futex_partner::hand_over(function run, void* argument) {
  run_ = run;
  argument_ = argument;
  word_.store(called, std::memory_order_release);
  futex_wake_one(word_);
}

void raw_futex_partner::wait_until_done() const noexcept {
  while (word_.load(std::memory_order_acquire) != done) {
  }
}

void raw_futex_partner::serve() noexcept {
  while (true) {
    const std::uint32_t seen = word_.load(std::memory_order_acquire);
    if (seen == ended) return;
    if (seen == called) {
      run_(argument_);
      word_.store(done, std::memory_order_release);
    } else {
      futex_wait(word_, seen);
    }
  }
}

}  // namespace bench
