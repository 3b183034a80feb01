// SPDX-License-Identifier: MIT OR Apache-2.0
// co_return converts as return does: not by an explicit constructor.
// EXPECT: return_value
#include <micropool/task.hpp>

#include <vector>

namespace mp = micropool;

mp::task<std::vector<int>> five() {
#ifdef MISUSE
  co_return 5;
#else
  co_return {5};
#endif
}
