// SPDX-License-Identifier: MIT OR Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>

namespace frame_loop {
namespace {

constexpr std::size_t label_width = 22;
constexpr std::size_t column_width = 32;
constexpr double bar_width = 20;

std::string in_ms(milliseconds time) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << time.count();
  return text.str();
}

void row(std::ostream& out, const std::string& label, std::span<const phase> phases,
         const std::function<std::string(const phase&)>& text) {
  std::string line = label;
  std::size_t width = label_width;
  for (const phase& each : phases) {
    if (const std::string cell = text(each); !cell.empty()) {
      line.resize(std::max(width, line.size() + 2), ' ');
      line += cell;
    }
    width += column_width;
  }
  out << line << '\n';
}

/// A logarithmic bar: one late frame among thousands has a mark as well.
std::string bar(const histogram& times, std::size_t bin) {
  const std::size_t count = times.counts().at(bin);
  if (count == 0) return "";
  const double share =
      std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(times.frames()));
  const auto length = static_cast<std::size_t>(std::ceil(share * bar_width));
  return std::string(length, '#') + ' ' + std::to_string(count);
}

}  // namespace

std::string setup(const options& chosen, const engine& on) {
  return chosen.engine + ", " + std::to_string(on.threads()) +
         (on.threads() == 1 ? " thread, " : " threads, ") + std::to_string(chosen.particles) +
         " particles";
}

void report_setup(std::ostream& out, const options& chosen, const engine& on) {
  out << setup(chosen, on) << ", " << chosen.hz << " frames in a second of "
      << in_ms(milliseconds(1000.0 / static_cast<double>(chosen.hz))) << " ms each\n";
}

void report_times(std::ostream& out, std::span<const phase> phases) {
  out << '\n';
  row(out, "frame time", phases, [](const phase& p) { return p.name; });
  const auto percentile = [&](const std::string& label, double share) {
    row(out, "  " + label, phases,
        [=](const phase& p) { return in_ms(p.times.percentile(share)) + " ms"; });
  };
  percentile("p50", 0.5);
  percentile("p99", 0.99);
  percentile("p99.9", 0.999);
  percentile("max", 1);
  row(out, "missed frames", phases, [](const phase& p) {
    return std::to_string(p.times.missed()) + ", shown " + std::to_string(p.times.frames());
  });
  out << '\n';

  std::size_t last = 0;  // bins behind the last used one are not printed, nor are those before it
  std::size_t first = histogram::bins;
  for (const phase& each : phases) {
    for (std::size_t bin = 0; bin != histogram::bins; ++bin) {
      if (each.times.counts().at(bin) == 0) continue;
      first = std::min(first, bin);
      last = std::max(last, bin);
    }
  }
  for (std::size_t bin = first; bin <= last; ++bin) {
    if (bin == histogram::bins_per_period) out << "  --- due ---\n";
    const bool longest = bin == histogram::bins - 1;
    row(out, "  from " + in_ms(phases.front().times.bin_start(bin)) + (longest ? " ms on" : " ms"),
        phases, [=](const phase& p) { return bar(p.times, bin); });
  }
}

void report_index(std::ostream& out, const index_result& result) {
  out << "\nindexed meanwhile: " << result.sum.files << " text files, " << result.sum.text_bytes
      << " bytes, " << result.sum.words.words() << " words; " << result.sum.binary
      << " files are binary, " << result.unreadable << " unreadable; " << result.rounds
      << " rounds through the tree\n";
}

void report_checksum(std::ostream& out, std::uint64_t checksum) {
  out << "\nchecksum " << std::hex << std::setfill('0') << std::setw(16) << checksum << '\n';
}

}  // namespace frame_loop
