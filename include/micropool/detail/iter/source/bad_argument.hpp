// SPDX-License-Identifier: MIT OR Apache-2.0
// What sources and adaptors throw for sizes and counts that they cannot use.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace micropool::detail {

// The largest size of a loop: sizes of chunks are added to positions, which must not wrap around.
inline constexpr std::uint64_t most_positions = std::uint64_t{1} << 63;

[[noreturn]] MICROPOOL_COLD inline void throw_bad_argument(const char* call,
                                                     const std::string& what) {
  throw std::invalid_argument("micropool: " + std::string(call) + ": " + what);
}

inline void require_piece_size(const char* call, std::size_t n) {
  if (n == 0) [[unlikely]] throw_bad_argument(call, "a piece has at least one element, not 0");
}
inline void require_positions(const char* call, std::uint64_t n) {
  if (n > most_positions) [[unlikely]] {
    throw_bad_argument(call, std::to_string(n) + " items are more than 2^63");
  }
}

}  // namespace micropool::detail
