// SPDX-License-Identifier: MIT OR Apache-2.0
// Dropping the handle at once detaches the task; who means that says so.
// EXPECT: (discard|ignoring return)
// EXPECT: dropping the handle detaches the task
#include <micropool/micropool.hpp>

namespace mp = micropool;

void caller() {
#ifdef MISUSE
  mp::spawn_owned([] {});
#else
  static_cast<void>(mp::spawn_owned([] {}));
#endif
}
