// SPDX-License-Identifier: MIT OR Apache-2.0
#include "report.hpp"

#include <array>
#include <cstdio>
#include <iomanip>
#include <ostream>

namespace word_index {
namespace {

void line(std::ostream& out, const char* name, std::uint64_t value, const char* remark = "") {
  out << "  " << std::left << std::setw(20) << name << std::right << std::setw(14) << value
      << remark << '\n';
}

}  // namespace

std::string printable(const std::filesystem::path& path) {
  std::string result;
  for (const char c : path.native()) {
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

void report_totals(std::ostream& out, const std::filesystem::path& root, const totals& sum,
                   std::size_t top) {
  out << printable(root) << '\n';
  line(out, "directories", sum.directories);
  line(out, "text files", sum.files, sum.files == 0 ? "  nothing to count here" : "");
  line(out, "of them .gz", sum.gzip_files);
  line(out, "bytes stored", sum.stored_bytes);
  line(out, "bytes of text", sum.text_bytes, "  as wc -c");
  line(out, "words", sum.words.words(), "  as wc -w");
  line(out, "distinct words", sum.words.table().size(), "  of the letters a-z");
  line(out, "binary files", sum.binary, "  left out");
  line(out, "special files", sum.special, "  left out");
  line(out, "symbolic links", sum.links, "  not followed");
  line(out, "problems", sum.problems.size(), sum.problems.empty() ? "" : "  see standard error");
  if (top != 0) out << '\n';
  for (const auto& [word, times] : sum.words.most_frequent(top)) {
    out << std::setw(14) << times << "  " << word << '\n';
  }
}

void report_problems(std::ostream& out, const std::vector<problem>& problems) {
  for (const auto& [path, reason] : problems) {
    out << "word_index: " << printable(path) << ": " << reason << '\n';
  }
}

void report_participants(std::ostream& out, const run& parallel,
                         const micropool::pool_stats& stats) {
  const auto row = [&](const std::string& name, std::size_t slot,
                       const micropool::participant_stats& did) {
    out << "  " << std::left << std::setw(12) << name << std::right << std::setw(9)
        << parallel.files_of.at(slot) << std::setw(10) << did.jobs_run << std::setw(10)
        << did.jobs_stolen << std::setw(10) << did.jobs_helped << std::setw(10) << did.sleeps
        << '\n';
  };
  out << "  participant     files      jobs    stolen    helped    sleeps\n";
  // All guests together are the calling thread: no other thread has used this pool.
  micropool::participant_stats caller;
  for (const auto& each : stats.participants) {
    if (!each.is_worker) caller += each;
  }
  row("caller", 0, caller);
  for (const auto& each : stats.participants) {
    if (each.is_worker) row("worker " + std::to_string(each.index), each.index + 1, each);
  }
}

}  // namespace word_index
