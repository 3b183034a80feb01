// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/iter/reduction.hpp>

namespace micropool::detail {

void throw_operation_stopped() {
  throw operation_stopped(
      "micropool: a parallel iterator was stopped through the token given to stop_on() before it "
      "had seen all items; catch operation_stopped where that may happen");
}

}  // namespace micropool::detail
