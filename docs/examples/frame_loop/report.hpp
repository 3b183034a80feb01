// SPDX-License-Identifier: MIT OR Apache-2.0
// What is printed at the end. Decides nothing.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>

#include "background_index.hpp"
#include "engine.hpp"
#include "options.hpp"
#include "phase.hpp"

namespace frame_loop {

/// What is run, in a few words.
std::string setup(const options& chosen, const engine& on);

void report_setup(std::ostream& out, const options& chosen, const engine& on);
/// A column for each phase: percentiles, then the histogram.
void report_times(std::ostream& out, std::span<const phase> phases);
void report_index(std::ostream& out, const index_result& result);
void report_checksum(std::ostream& out, std::uint64_t checksum);

}  // namespace frame_loop
