// SPDX-License-Identifier: MIT OR Apache-2.0
// Signals that are sent to the process are handled on the program's own threads.
#include "catch.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <pthread.h>
#include <csignal>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

sigset_t mask_of_this_thread() {
  sigset_t mask;
  sigemptyset(&mask);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return mask;
}

void open_all_signals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

// The masks of all workers, asked at the same time.
std::vector<sigset_t> masks_of_workers(mp::thread_pool& pool) {
  const std::size_t n = pool.num_threads();
  std::vector<sigset_t> masks(n);
  mt::countdown everybody(n + 1);
  pool.scope([&](mp::scope_ref s) {
    for (std::size_t i = 0; i < n; ++i) {
      s.fork([&] {
        everybody.arrive_and_wait();
        if (const auto index = mp::this_thread_index()) masks[*index] = mask_of_this_thread();
      });
    }
    everybody.arrive_and_wait();
  });
  return masks;
}

void check_masks(const std::vector<sigset_t>& masks) {
  for (const sigset_t& mask : masks) {
    for (int s = 1; s <= SIGRTMAX; ++s) {
      const bool of_the_threads_library = s > 31 && s < SIGRTMIN;
      if (s == SIGKILL || s == SIGSTOP || of_the_threads_library) continue;
      const bool of_the_thread = s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGILL ||
                                 s == SIGTRAP || s == SIGSYS || s == SIGABRT;
      INFO("signal " << s);
      CHECK(sigismember(&mask, s) == (of_the_thread ? 0 : 1));
    }
  }
}

}  // namespace

TEST_CASE("workers block all signals but those that their own instructions raise") {
  open_all_signals();
  mp::thread_pool pool({.num_threads = 3});
  check_masks(masks_of_workers(pool));
}

TEST_CASE("workers whose threads spawn_handler has made with all signals open block them too") {
  open_all_signals();
  mp::pool_options options{.num_threads = 2};
  options.spawn_handler = [](std::size_t, std::function<void()> body) {
    return std::thread([body = std::move(body)] {
      open_all_signals();
      body();
    });
  };
  mp::thread_pool pool(options);
  check_masks(masks_of_workers(pool));
}

TEST_CASE("making a pool leaves the mask of its maker as it was") {
  open_all_signals();
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
  const mp::thread_pool pool({.num_threads = 2});
  const sigset_t after = mask_of_this_thread();
  open_all_signals();
  CHECK(sigismember(&after, SIGUSR1) == 1);
  CHECK(sigismember(&after, SIGUSR2) == 0);
  CHECK(sigismember(&after, SIGTERM) == 0);
}
