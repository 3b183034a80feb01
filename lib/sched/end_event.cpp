// SPDX-License-Identifier: MIT OR Apache-2.0
#include "end_event.hpp"

#include "../sync/park.hpp"

#include <atomic>

namespace micropool::detail {
namespace {

constinit std::atomic<std::uint32_t> events{0};

}  // namespace

std::uint32_t end_events() noexcept {
  // [acquire: pool.event] before the look, which sees all that was reported until now.
  return events.load(std::memory_order_acquire);
}

void sleep_until_end_event(std::uint32_t seen, std::chrono::nanoseconds at_most) noexcept {
  sleep_while(events, seen, at_most);
}

void report_end_event() noexcept {
  // [release: pool.event] after what is reported.
  events.fetch_add(1, std::memory_order_release);
  wake_all(events);
}

}  // namespace micropool::detail
