// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs cases on pools, over every split, called from everywhere, and compares.
#pragma once

#include "case_list.hpp"

#include <string>
#include <vector>

namespace micropool_test {

// Every case over every split x {0, 1, 2, 7 workers} x {blocking, awaited, from a worker}. What was
// not as in the serial program, one line each; empty if all is well.
std::vector<std::string> differences(const case_list& list);

}  // namespace micropool_test
