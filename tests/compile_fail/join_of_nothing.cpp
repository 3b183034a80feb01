// SPDX-License-Identifier: MIT OR Apache-2.0
// A join has at least one branch.
// EXPECT: join needs at least one branch
#include <micropool/micropool.hpp>

namespace mp = micropool;

void caller() {
#ifdef MISUSE
  mp::join();
#else
  mp::join([] {});
#endif
}
