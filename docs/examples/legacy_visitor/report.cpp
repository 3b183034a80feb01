// SPDX-License-Identifier: MIT OR Apache-2.0
#include "report.hpp"

#include <array>
#include <cstdio>
#include <iomanip>
#include <ostream>

namespace legacy_visitor {
namespace {

void line(std::ostream& out, const char* name, std::size_t value) {
  out << "  " << std::left << std::setw(20) << name << std::right << std::setw(12) << value << '\n';
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\') {
      std::array<char, 5> octal{};
      std::snprintf(octal.data(), octal.size(), "\\%03o", static_cast<unsigned>(byte));
      result += octal.data();
    } else {
      result += c;
    }
  }
  return result;
}

void report_findings(std::ostream& out, const std::filesystem::path& root, const work& what,
                     const run& serial, std::size_t top) {
  std::size_t bytes = 0;
  std::size_t names = 0;
  std::size_t findings = 0;
  for (std::size_t i = 0; i != what.files(); ++i) {
    bytes += what.file(i).text.size();
    names += serial.results[i].names;
    findings += serial.results[i].findings.size();
  }
  out << printable(root.native()) << '\n';
  line(out, "parsed files", what.files());
  line(out, "bytes", bytes);
  line(out, "names", names);
  line(out, "distinct names", what.names.size());
  line(out, "names like another", findings);
  out << '\n';
  for (std::size_t i = 0; i != what.files(); ++i) {
    for (const auto& [name, to] : serial.results[i].findings) {
      if (top-- == 0) return;
      out << "  " << printable(what.file(i).path.filename().native()) << ": " << printable(name)
          << " ~ " << printable(what.names[to.first]);
      if (to.count > 1) out << " and " << to.count - 1 << " more";
      out << '\n';
    }
  }
}

void report_header(std::ostream& out) {
  out << "\n                       seconds  speed  processor  threads  most waiting  rounds\n";
}

void report_run(std::ostream& out, std::string_view name, const run& one, const run& serial) {
  out << std::left << std::setw(20) << name << std::right << std::fixed << std::setprecision(3)
      << std::setw(10) << one.seconds << std::setprecision(2) << std::setw(7)
      << serial.seconds / one.seconds << std::setprecision(3) << std::setw(11) << one.cpu_seconds;
  if (const round_counts& n = one.counts; n.rounds != 0) {
    out << std::setw(9) << n.threads_of_round << std::setw(14) << n.most_waiting << std::setw(8)
        << n.rounds;
  }
  out << '\n';
}

void report_problem(std::ostream& err, const std::filesystem::path& path, std::string_view reason) {
  err << "legacy_visitor: " << printable(path.native()) << ": " << printable(reason) << '\n';
}

}  // namespace legacy_visitor
