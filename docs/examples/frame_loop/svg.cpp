// SPDX-License-Identifier: MIT OR Apache-2.0
#include "svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace frame_loop {
namespace {

constexpr double width = 760;
constexpr double height = 400;
constexpr double left = 60;
constexpr double right = 20;
constexpr double top = 86;
constexpr double bottom = 52;
constexpr double base = height - bottom;
constexpr double bin_width = (width - left - right) / histogram::bins;
constexpr std::array colours{"#1f5fa8", "#c2571a"};

std::string with_digits(double x, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, x);
  return text.data();
}
std::string px(double x) { return with_digits(x, 1); }
std::string label_in_ms(milliseconds time) { return with_digits(time.count(), 2); }

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

void text(std::ostream& out, double x, double y, const std::string& anchor,
          const std::string& content, const std::string& more = "") {
  out << "<text x='" << px(x) << "' y='" << px(y) << "' text-anchor='" << anchor << "'" << more
      << ">" << escaped(content) << "</text>\n";
}

void line(std::ostream& out, double x1, double y1, double x2, double y2, const char* style) {
  out << "<line x1='" << px(x1) << "' y1='" << px(y1) << "' x2='" << px(x2) << "' y2='" << px(y2)
      << "' " << style << "/>\n";
}

double x_of(std::size_t bin) { return left + bin_width * static_cast<double>(bin); }

/// Counts on a logarithmic scale, so that one late frame among thousands can be seen.
class count_axis {
public:
  explicit count_axis(std::span<const phase> phases) {
    for (const phase& each : phases) most_ = std::max(most_, each.times.frames());
  }
  double y(std::size_t count) const {
    const auto log = [](std::size_t n) { return std::log1p(static_cast<double>(n)); };
    return base - (base - top) * log(count) / log(most_);
  }
  void draw(std::ostream& out) const {
    for (std::size_t count = 1; count <= most_; count *= 10) {
      line(out, left, y(count), width - right, y(count), "stroke='#dddddd'");
      text(out, left - 8, y(count) + 4, "end", std::to_string(count));
    }
  }

private:
  std::size_t most_ = 1;
};

void draw_time_axis(std::ostream& out, const histogram& times) {
  constexpr std::size_t due = histogram::bins_per_period;
  line(out, left, base, width - right, base, "stroke='#333333'");
  for (std::size_t bin = 0; bin <= 2 * due; bin += due / 4) {
    text(out, x_of(bin), base + 18, "middle", label_in_ms(times.bin_start(bin)));
  }
  text(out, (left + width - right) / 2, height - 12, "middle",
       "frame time in ms; the last bar holds all longer ones");
  line(out, x_of(due), top - 8, x_of(due), base, "stroke='#b00020' stroke-dasharray='4 3'");
  text(out, x_of(due) + 5, top, "start", "due", " fill='#b00020'");
}

void draw_bars(std::ostream& out, const histogram& times, const count_axis& axis,
               const char* colour, double offset, double bar) {
  for (std::size_t bin = 0; bin != histogram::bins; ++bin) {
    const std::size_t count = times.counts().at(bin);
    if (count == 0) continue;
    const double y = axis.y(count);
    out << "<rect x='" << px(x_of(bin) + offset) << "' y='" << px(y) << "' width='" << px(bar)
        << "' height='" << px(base - y) << "' fill='" << colour << "'><title>" << count
        << " frames from " << label_in_ms(times.bin_start(bin)) << " ms</title></rect>\n";
  }
}

std::string summary(const phase& p) {
  return p.name + ": p50 " + label_in_ms(p.times.percentile(0.5)) + ", p99 " +
         label_in_ms(p.times.percentile(0.99)) + ", p99.9 " + label_in_ms(p.times.percentile(0.999)) +
         ", max " + label_in_ms(p.times.max()) + " ms, missed " + std::to_string(p.times.missed()) +
         ", shown " + std::to_string(p.times.frames());
}

}  // namespace

void write_svg(std::ostream& out, const std::string& title, std::span<const phase> phases) {
  out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << px(width) << ' ' << px(height)
      << "' font-family='sans-serif' font-size='12' fill='#222222'>\n<title>" << escaped(title)
      << "</title>\n<rect width='100%' height='100%' fill='#ffffff'/>\n";
  text(out, left, 24, "start", title, " font-size='15'");
  const count_axis axis(phases);
  axis.draw(out);
  draw_time_axis(out, phases.front().times);
  const double bar = (bin_width - 3) / static_cast<double>(phases.size());
  for (std::size_t i = 0; i != phases.size(); ++i) {
    const double offset = 1.5 + bar * static_cast<double>(i);
    draw_bars(out, phases[i].times, axis, colours.at(i), offset, bar);
    text(out, left, 44 + 16 * static_cast<double>(i), "start", summary(phases[i]),
         std::string(" fill='") + colours.at(i) + "'");
  }
  out << "</svg>\n";
}

}  // namespace frame_loop
