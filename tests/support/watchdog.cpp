// SPDX-License-Identifier: MIT OR Apache-2.0
#include "watchdog.hpp"

#include "seed.hpp"
#include "thread_dump.hpp"

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace micropool_test {

namespace {

using clock = std::chrono::steady_clock;

struct watched {
  std::mutex mutex;
  std::chrono::seconds limit{};
  std::string stage = "start of the process";
  clock::time_point since = clock::now();
};

// Never destroyed: the watchdog also covers the destructors of static objects.
watched& state() {
  static watched* const instance = new watched;
  return *instance;
}

[[noreturn]] void report_and_abort(const std::string& stage, std::chrono::seconds limit) {
  // Catch2 has handlers of its own, which would take locks; and the report must not hang either.
  std::signal(SIGABRT, SIG_DFL);
  std::signal(SIGALRM, SIG_DFL);
  alarm(30);
  std::fprintf(stderr, "\nwatchdog: no end after %lld s: %s\n",
               static_cast<long long>(limit.count()), stage.c_str());
  if (seed_was_used()) {
    std::fprintf(stderr, "watchdog: MICROPOOL_TEST_SEED=%llu\n",
                 static_cast<unsigned long long>(seed()));
  }
  dump_threads();
  std::fflush(stderr);
  std::abort();
}

[[noreturn]] void watch() {
  name_this_thread("watchdog");
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    watched& w = state();
    std::unique_lock lock(w.mutex);
    if (clock::now() - w.since <= w.limit) continue;
    const std::string stage = w.stage;
    const std::chrono::seconds limit = w.limit;
    lock.unlock();
    report_and_abort(stage, limit);
  }
}

}  // namespace

void watch_stage(std::string_view stage) {
  watched& w = state();
  const std::lock_guard lock(w.mutex);
  w.stage = stage;
  w.since = clock::now();
}

void start_watchdog(std::chrono::seconds limit_per_stage) {
  state().limit = limit_per_stage;
  prepare_thread_dump();
  std::thread(watch).detach();
}

}  // namespace micropool_test
