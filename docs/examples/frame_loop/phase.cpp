// SPDX-License-Identifier: MIT OR Apache-2.0
#include "phase.hpp"

#include "live_line.hpp"
#include "simulation.hpp"

namespace frame_loop {

phase run_phase(const std::string& name, const options& chosen, engine& on) {
  const auto period = std::chrono::duration_cast<frame_clock::clock::duration>(
      std::chrono::duration<double>(1) / static_cast<double>(chosen.hz));
  phase result{name, histogram(period)};
  simulation particles(chosen.particles);
  live_line line(name, chosen);
  frame_clock clock(period);
  for (std::size_t i = 0; i != chosen.frames; ++i) {
    clock.begin_frame();
    particles.advance(on);
    const frame_time time = clock.end_frame();
    result.times.add(time);
    line.show(time);  // in the time that is left until the next tick
  }
  result.checksum = particles.checksum();
  return result;
}

}  // namespace frame_loop
