// SPDX-License-Identifier: MIT OR Apache-2.0
// How much processor time the threads of a test use. Threads that were there before it are left out:
// the watchdog's and a sanitizer's, which in a process of much memory is never idle.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

namespace micropool_test {

class new_threads {
 public:
  new_threads() {
    for_each_thread([this](pid_t thread) { old_.insert(thread); });
  }

  // The time of the threads that are new since the constructor ran, while the caller sleeps for two
  // seconds.
  std::chrono::nanoseconds cpu_time_of_two_seconds() const {
    const auto before = cpu_time();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return cpu_time() - before;
  }

 private:
  template <class F>
  static void for_each_thread(F f) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
      f(static_cast<pid_t>(std::stoi(entry.path().filename().string())));
  }

  // 0 for a thread that has ended meanwhile.
  static std::chrono::nanoseconds cpu_time_of(pid_t thread) {
    // As clock_gettime(2) encodes the processor clock of a thread: its number inverted, above one
    // bit for "of a thread" and two for "as the scheduler counts it".
    const auto clock = static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3 | 4 | 2);
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) return {};
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  std::chrono::nanoseconds cpu_time() const {
    std::chrono::nanoseconds sum{0};
    for_each_thread([&](pid_t thread) {
      if (!old_.contains(thread)) sum += cpu_time_of(thread);
    });
    return sum;
  }

  std::set<pid_t> old_;
};

}  // namespace micropool_test
