// SPDX-License-Identifier: MIT OR Apache-2.0
// Prints what was found. Decides nothing.
#pragma once

#include <micropool/stats.hpp>

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "index.hpp"

namespace word_index {

/// A path as one line of plain text: control characters and backslashes become \ooo, so that a name
/// cannot forge a line of the report or send codes to the terminal.
std::string printable(const std::filesystem::path& path);

void report_totals(std::ostream& out, const std::filesystem::path& root, const totals& sum,
                   std::size_t top);
void report_problems(std::ostream& out, const std::vector<problem>& problems);

/// What each participant of the parallel run did.
void report_participants(std::ostream& out, const run& parallel,
                         const micropool::pool_stats& stats);

}  // namespace word_index
