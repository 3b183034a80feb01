// SPDX-License-Identifier: MIT OR Apache-2.0
// Nobody could say what a branch is to be called with.
// EXPECT: a branch is a task, another awaitable, or a callable without parameters
#include <micropool/micropool.hpp>

namespace mp = micropool;

void caller() {
#ifdef MISUSE
  mp::join([](int) {}, [] {});
#else
  mp::join([] {}, [] {});
#endif
}
