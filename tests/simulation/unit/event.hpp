// SPDX-License-Identifier: MIT OR Apache-2.0
// Something that happens once, for one thread that waits. Takes fewer steps than std::atomic::wait.
#pragma once

#include "sync/park.hpp"

namespace micropool_test {

class event {
public:
  void set() { token_.unpark(); }
  void wait() { token_.park(); }

private:
  micropool::detail::parker token_;
};

}  // namespace micropool_test
