// SPDX-License-Identifier: MIT OR Apache-2.0
// A local variable ends with the coroutine, so a reference to it dangles.
// EXPECT: return_value
#include <micropool/task.hpp>

namespace mp = micropool;

mp::task<int&> number() {
#ifdef MISUSE
  int n = 1;
#else
  static int n = 1;
#endif
  co_return n;
}
