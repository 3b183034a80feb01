// SPDX-License-Identifier: MIT OR Apache-2.0
// What the chains of the list iterate over, and the callables in them.
#pragma once

#include "outcome.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace micropool_test {

inline constexpr std::array<std::size_t, 8> input_sizes{0, 1, 2, 3, 7, 64, 1000, 10'007};

// n numbers of [-999, 999], with repetitions, in no order; the same in every call.
const std::vector<int>& ints(std::size_t n);
// The same in ascending order.
const std::vector<int>& ascending(std::size_t n);
// The same as texts, in the order of ints().
const std::vector<std::string>& words(std::size_t n);
// Objects that can only be moved.
std::vector<std::unique_ptr<int>> pointers(std::size_t n);

}  // namespace micropool_test
