// SPDX-License-Identifier: MIT OR Apache-2.0
#include "seed.hpp"

#include "env.hpp"

#include <atomic>
#include <cstdio>

namespace micropool_test {

namespace {

std::atomic<bool> used{false};

std::uint64_t choose_seed() {
  std::uint64_t chosen;
  if (const auto given = env_number("MICROPOOL_TEST_SEED")) {
    chosen = *given;
  } else {
    std::random_device device;
    chosen = (std::uint64_t{device()} << 32) | device();
  }
  std::printf("seed: MICROPOOL_TEST_SEED=%llu\n", static_cast<unsigned long long>(chosen));
  std::fflush(stdout);
  used = true;
  return chosen;
}

// FNV-1a; std::hash may differ from one library to the next.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

}  // namespace

std::uint64_t seed() {
  static const std::uint64_t chosen = choose_seed();
  return chosen;
}

bool seed_was_used() noexcept { return used; }

std::mt19937_64 seeded_engine(std::string_view purpose) {
  return std::mt19937_64(seed() ^ hash(purpose));
}

}  // namespace micropool_test
