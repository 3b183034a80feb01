// SPDX-License-Identifier: MIT OR Apache-2.0
// One atomic object: its latest modifications, and which of them a thread may still read.
#pragma once

#include "clock.hpp"

#include <cstddef>
#include <cstdint>

namespace simulation {

// One modification.
struct message {
  std::uint64_t value;
  // Per thread, the epoch in which it first stored or read this value: a thread that knows of that
  // may not read an older one (coherence).
  vector_clock known_since;
  // What a thread that acquires this message learns.
  vector_clock released;
  std::int32_t fence_released;
  bool has_released;
  // The number of seq_cst fences before the first seq_cst access that stored or read it.
  std::int32_t seq_cst_since;
  // How often each thread has read it although there was a newer one: values become visible in
  // finite time, so that is limited.
  std::uint8_t stale_reads[max_threads];
  unsigned author;
  std::uint64_t step;  // in which it was stored
  const void* pc;
};

// Older modifications than these are no longer read.
inline constexpr unsigned history = 8;

struct location {
  std::uintptr_t address;
  unsigned size;
  location* next;  // of the same word
  message* messages[history];  // the newest last
  unsigned count;
  // The latest atomic access and modification by each thread, for conflicts with plain ones.
  vector_clock accessed;
  vector_clock modified;
};

}  // namespace simulation
