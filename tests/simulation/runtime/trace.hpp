// SPDX-License-Identifier: MIT OR Apache-2.0
// The account of an execution: who did what, in which line, and who wrote what was read. Recorded
// only when an execution that failed is repeated.
#pragma once

#include "atomics.hpp"
#include "machine.hpp"
#include "memory.hpp"

#include <cstdint>
#include <string>

namespace simulation {

enum class event_kind : std::uint8_t { read, write, fence, wait, wake, start, end, race, failure };

struct event {
  event_kind kind;
  unsigned thread;
  std::uint64_t step;
  std::uintptr_t address;
  std::uint64_t value;
  order with;
  unsigned age;     // of a read: how many newer values there were
  unsigned author;  // and who wrote this one, in which step
  std::uint64_t author_step;
  const void* pc;
};

void record(const event& e) noexcept;

inline void trace_read(const location& l, const message& m, unsigned age, order o) noexcept {
  if (world.is_traced) [[unlikely]] {
    record({event_kind::read, world.current, world.steps, l.address, m.value, o, age, m.author,
            m.step, world.pc});
  }
}
inline void trace_write(const location& l, const message& m, order o) noexcept {
  if (world.is_traced) [[unlikely]] {
    record({event_kind::write, world.current, world.steps, l.address, m.value, o, 0, 0, 0, world.pc});
  }
}
inline void trace_other(event_kind k, std::uintptr_t a, order o = order::relaxed) noexcept {
  if (world.is_traced) [[unlikely]] {
    record({k, world.current, world.steps, a, 0, o, 0, 0, 0, world.pc});
  }
}
inline void trace_fence(order o) noexcept { trace_other(event_kind::fence, 0, o); }
inline void trace_race(std::uintptr_t a) noexcept { trace_other(event_kind::race, a); }
inline void trace_failure() noexcept { trace_other(event_kind::failure, 0); }

void begin_trace();
// Ends it, and returns its last `lines` lines with the program's functions and lines.
std::string end_trace(std::size_t lines);

}  // namespace simulation
