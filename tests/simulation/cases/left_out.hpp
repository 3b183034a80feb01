// SPDX-License-Identifier: MIT OR Apache-2.0
// The cases that do not run on the simulated machine, each with its reason.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace micropool_test::cases {

// Returns true if the case of that name is left out.
bool leave_out(const std::string& name);
// Those that no call of leave_out() has named.
std::vector<std::string> never_left_out();
std::size_t left_out_count();

}  // namespace micropool_test::cases
