// SPDX-License-Identifier: MIT OR Apache-2.0
// passkey: the first argument of members of public classes that only the library calls.
#pragma once

namespace micropool::detail {

// Passed by value; it is empty, so it costs nothing. Explicit, so that {} does not make one.
struct passkey {
  explicit passkey() = default;
};

}  // namespace micropool::detail
