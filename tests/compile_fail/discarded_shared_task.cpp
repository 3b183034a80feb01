// SPDX-License-Identifier: MIT OR Apache-2.0
// Dropping the only handle at once detaches the task; who means that says so.
// EXPECT: (discard|ignoring return)
// EXPECT: dropping the last handle detaches the task
#include <micropool/micropool.hpp>

namespace mp = micropool;

void caller() {
#ifdef MISUSE
  mp::spawn_shared([] {});
#else
  static_cast<void>(mp::spawn_shared([] {}));
#endif
}
