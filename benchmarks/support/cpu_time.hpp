// SPDX-License-Identifier: MIT OR Apache-2.0
// Processor time of the whole process, all threads, between start() and stop() (getrusage).
#pragma once

#include <sys/resource.h>

namespace bench {

// The user and system time this process has used so far, in seconds.
inline double process_cpu_seconds() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Sums the processor time of several intervals. Each end costs a system call.
class cpu_usage {
public:
  void start() noexcept { begin_ = process_cpu_seconds(); }
  void stop() noexcept { sum_ += process_cpu_seconds() - begin_; }
  double seconds() const noexcept { return sum_; }

private:
  double begin_ = 0;
  double sum_ = 0;
};

}  // namespace bench
