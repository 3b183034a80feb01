// SPDX-License-Identifier: MIT OR Apache-2.0
// Spawning uses a task up, so it must be given away.
// EXPECT: a task is consumed by running it; write std::move\(task\)
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

int caller(mp::task<int> t) {
#ifdef MISUSE
  return mp::spawn_owned(t).join();
#else
  return mp::spawn_owned(std::move(t)).join();
#endif
}
