// SPDX-License-Identifier: MIT OR Apache-2.0
// The histogram as a picture.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "phase.hpp"

namespace frame_loop {

/// Draws one to two phases of the same period into one diagram.
void write_svg(std::ostream& out, const std::string& title, std::span<const phase> phases);

}  // namespace frame_loop
