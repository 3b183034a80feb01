// SPDX-License-Identifier: MIT OR Apache-2.0
// The numbers that the report is made of, from frames whose times are known.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "frame_clock.hpp"
#include "histogram.hpp"

namespace {

using namespace frame_loop;

void check(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "FAILED: " << what << '\n';
  std::exit(1);
}

/// 1000 frames of 1 to 1000 ms, neither in rising nor in falling order.
void percentiles_are_those_of_the_sorted_times() {
  histogram times(milliseconds(1000));
  for (int i = 0; i != 1000; ++i) times.add({milliseconds(1 + i * 377 % 1000), 0});
  check(times.frames() == 1000, "every frame is counted");
  check(times.percentile(0.5) == milliseconds(500), "p50");
  check(times.percentile(0.99) == milliseconds(990), "p99");
  check(times.percentile(0.999) == milliseconds(999), "p99.9");
  check(times.max() == milliseconds(1000), "max");

  histogram three(milliseconds(1000));
  for (const int ms : {9, 7, 8}) three.add({milliseconds(ms), 0});
  check(three.percentile(0.5) == milliseconds(8), "p50 between two frames is the longer one");

  histogram one(milliseconds(1000));
  one.add({milliseconds(7), 0});
  check(one.percentile(0.5) == milliseconds(7) && one.max() == milliseconds(7), "a single frame");
}

void a_border_of_two_bins_belongs_to_the_upper_one() {
  histogram times(milliseconds(16));  // bins of 1 ms
  times.add({milliseconds(0), 0});
  times.add({milliseconds(0.999), 0});
  times.add({milliseconds(16), 1});
  times.add({milliseconds(31.5), 1});
  times.add({milliseconds(32), 2});
  times.add({milliseconds(1e6), 5});
  check(times.counts().at(0) == 2, "the first bin");
  check(times.counts().at(histogram::bins_per_period) == 1, "the first bin that is late");
  check(times.counts().at(31) == 1, "the last bin with an end");
  check(times.counts().at(32) == 2, "the bin of all that took longer");
  check(times.bin_start(16) == milliseconds(16), "the deadline is a border");
  check(times.missed() == 9, "missed ticks are added up");
}

/// A busy machine only makes the frames longer: what is checked holds all the same.
void a_frame_misses_each_tick_that_it_runs_over() {
  using clock = frame_clock::clock;
  const auto period = std::chrono::milliseconds(2);
  frame_clock ticks(period);
  for (int i = 0; i != 3; ++i) {
    const auto before = clock::now();
    ticks.begin_frame();
    const auto begun = clock::now();
    while (clock::now() < begun + 3 * period) {
    }
    const frame_time time = ticks.end_frame();
    const milliseconds since_call = clock::now() - before;
    check(time.missed >= 3, "a frame of three periods has missed three ticks");
    check(time.missed == static_cast<std::uint64_t>(time.taken / milliseconds(period)),
          "as many as there are periods in its time");
    check(time.taken <= since_call, "a frame does not begin before it is asked for");
  }
}

}  // namespace

int main() {
  percentiles_are_those_of_the_sorted_times();
  a_border_of_two_bins_belongs_to_the_upper_one();
  a_frame_misses_each_tick_that_it_runs_over();
}
