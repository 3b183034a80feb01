// SPDX-License-Identifier: MIT OR Apache-2.0
#include "pin.hpp"

#include "../base/usable_cores.hpp"

#include <pthread.h>
#include <sched.h>

namespace micropool::detail {

std::vector<int> cores_for_workers(std::size_t count) {
  std::vector<int> cores = cores_in_affinity_mask();
  const int callers = ::sched_getcpu();
  std::erase(cores, callers);
  if (callers >= 0 && (cores.empty() || count > cores.size())) cores.push_back(callers);
  if (cores.empty()) return {};
  const std::size_t distinct = cores.size();
  while (cores.size() < count) cores.push_back(cores[cores.size() - distinct]);
  cores.resize(count);
  return cores;
}

bool pin_this_thread(int core) noexcept {
  const auto c = static_cast<std::size_t>(core);
  cpu_set_t* const one = CPU_ALLOC(c + 1);
  if (one == nullptr) return false;
  const std::size_t bytes = CPU_ALLOC_SIZE(c + 1);
  CPU_ZERO_S(bytes, one);
  CPU_SET_S(c, bytes, one);
  const bool done = ::pthread_setaffinity_np(::pthread_self(), bytes, one) == 0;
  CPU_FREE(one);
  return done;
}

}  // namespace micropool::detail
