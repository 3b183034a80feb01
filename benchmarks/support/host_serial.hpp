// SPDX-License-Identifier: MIT OR Apache-2.0
// The plain recursive program: no engine, one thread.
#pragma once

namespace bench {

struct serial_host {
  static constexpr bool parallel = false;
  explicit serial_host(int) noexcept {}
};

}  // namespace bench
