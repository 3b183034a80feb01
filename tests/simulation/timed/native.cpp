// SPDX-License-Identifier: MIT OR Apache-2.0
// The same workloads on the machine at hand, with as many threads as cores are asked for: what the
// simulated times are held against.
#include "timed.hpp"

#include <chrono>

namespace simulation::timed {
namespace {

// Multiplications that wait for each other.
std::uint64_t spin(std::uint64_t rounds) noexcept {
  std::uint64_t x = rounds;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    x = x * 0x9e3779b97f4a7c15;
    asm volatile("" : "+r"(x));
  }
  return x;
}

double measure_rounds_per_ns() noexcept {
  constexpr std::uint64_t rounds = 1'000'000;
  double best = 0;
  for (int i = 0; i < 10; ++i) {
    const double begun = now();
    spin(rounds);
    const double per_ns = static_cast<double>(rounds) / (now() - begun);
    if (per_ns > best) best = per_ns;
  }
  return best;
}

double rounds_per_ns = 1;

}  // namespace

double now() noexcept {
  const auto t = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::nano>(t).count();
}

void work(double nanoseconds) noexcept {
  spin(static_cast<std::uint64_t>(nanoseconds * rounds_per_ns + 0.5));
}

// What only the simulated machine counts.
void forget() noexcept {}
report counted() { return {}; }

void run(const topology&, const costs&, void (*program)(void*), void* argument) {
  rounds_per_ns = measure_rounds_per_ns();
  program(argument);
}

}  // namespace simulation::timed
