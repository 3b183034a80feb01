// SPDX-License-Identifier: MIT OR Apache-2.0
// Prints what was found. Decides nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

#include "run.hpp"

namespace legacy_visitor {

/// A text of some file as one line: control characters and backslashes become \ooo, so that it
/// cannot forge a line of the report or send codes to the terminal.
std::string printable(std::string_view text);

/// The sums over all files, and the first `top` findings.
void report_findings(std::ostream& out, const std::filesystem::path& root, const work& what,
                     const run& serial, std::size_t top);

void report_header(std::ostream& out);
/// One line of times and counts. The serial run is what the others are compared with.
void report_run(std::ostream& out, std::string_view name, const run& one, const run& serial);

void report_problem(std::ostream& err, const std::filesystem::path& path, std::string_view reason);

}  // namespace legacy_visitor
