// SPDX-License-Identifier: MIT OR Apache-2.0
// Random numbers that can be had again: one seed per process, printed when it is first used and
// taken from MICROPOOL_TEST_SEED where that is set.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace micropool_test {

// The seed of this process.
std::uint64_t seed();

// True once a test has asked for the seed, that is, when it matters for a report.
bool seed_was_used() noexcept;

// A generator for one purpose. It depends on the seed and the name only, not on which other test
// cases ran before, so a single case repeats what it did in the full run.
std::mt19937_64 seeded_engine(std::string_view purpose);

}  // namespace micropool_test
