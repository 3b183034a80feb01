// SPDX-License-Identifier: MIT OR Apache-2.0
// The anchors of the exception classes, so that their type information exists once.
#include <micropool/error.hpp>

namespace micropool {

pool_stopped::~pool_stopped() = default;
pool_already_started::~pool_already_started() = default;
empty_handle::~empty_handle() = default;
task_cancelled::~task_cancelled() = default;
operation_stopped::~operation_stopped() = default;

}  // namespace micropool
