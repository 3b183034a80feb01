// SPDX-License-Identifier: MIT OR Apache-2.0
// Validates pool options and fills in the defaults.
#pragma once

#include <micropool/pool_options.hpp>

#include <cstddef>

namespace micropool::detail {

// More workers than this are taken for a mistake.
inline constexpr std::size_t max_threads = 1024;
// Less is not enough to throw and catch an exception; more is taken for a mistake.
inline constexpr std::size_t min_stack_size = std::size_t{16} << 10;
inline constexpr std::size_t max_stack_size = std::size_t{1} << 30;

// Fills in the defaults. Throws std::invalid_argument with a text that names option and value.
pool_options checked(pool_options options);

}  // namespace micropool::detail
