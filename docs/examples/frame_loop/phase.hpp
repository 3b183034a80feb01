// SPDX-License-Identifier: MIT OR Apache-2.0
// The loop itself: one frame after the other, on one engine.
#pragma once

#include <cstdint>
#include <string>

#include "engine.hpp"
#include "histogram.hpp"
#include "options.hpp"

namespace frame_loop {

struct phase {
  std::string name;
  histogram times;
  std::uint64_t checksum = 0;  // of the state after the last frame
};

phase run_phase(const std::string& name, const options& chosen, engine& on);

}  // namespace frame_loop
