// SPDX-License-Identifier: MIT OR Apache-2.0
// An owned task has one handle; spawn_shared makes a task that may have several.
// EXPECT: (deleted function|deleted constructor|implicitly deleted)
// EXPECT: owned_task<int>
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

int caller() {
  auto first = mp::spawn_owned([] { return 42; });
#ifdef MISUSE
  auto second = first;
#else
  auto second = std::move(first);
#endif
  return second.join();
}
