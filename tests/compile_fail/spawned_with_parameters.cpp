// SPDX-License-Identifier: MIT OR Apache-2.0
// Nobody could say what a background task is to be called with.
// EXPECT: what is spawned is a task, another awaitable, or a callable without parameters
#include <micropool/micropool.hpp>

namespace mp = micropool;

void caller() {
#ifdef MISUSE
  mp::spawn_owned([](int) {}).join();
#else
  mp::spawn_owned([] {}).join();
#endif
}
