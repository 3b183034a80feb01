// SPDX-License-Identifier: MIT OR Apache-2.0
#include "pin.hpp"

#include <pthread.h>
#include <sched.h>

namespace micropool::detail {

std::vector<int> cores_for_workers(std::size_t count) {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return {};
  const int callers = ::sched_getcpu();
  std::vector<int> cores;
  for (int c = 0; c < CPU_SETSIZE; ++c) {
    if (c != callers && CPU_ISSET(static_cast<std::size_t>(c), &usable)) cores.push_back(c);
  }
  if (callers >= 0 && (cores.empty() || count > cores.size())) cores.push_back(callers);
  if (cores.empty()) return {};
  const std::size_t distinct = cores.size();
  while (cores.size() < count) cores.push_back(cores[cores.size() - distinct]);
  cores.resize(count);
  return cores;
}

bool pin_this_thread(int core) noexcept {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(core), &one);
  return ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one) == 0;
}

}  // namespace micropool::detail
