// SPDX-License-Identifier: MIT OR Apache-2.0
// Cache lines: which core holds each of them, alone or together with others (MESI, without the
// difference of exclusive and modified), and what an access costs.
#pragma once

#include "timed.hpp"

#include <cstddef>
#include <cstdint>

namespace simulation::timed {

// Thousandths of a nanosecond.
using ticks = std::uint64_t;
inline constexpr double ticks_per_ns = 1000;
inline ticks to_ticks(double ns) noexcept { return static_cast<ticks>(ns * ticks_per_ns); }

enum class access_kind : std::uint8_t { read, write, locked };

void begin_lines(const topology& on, const costs& prices);

// Returns true if the core holds the line in the state that the access needs: no other core notices.
bool is_hit(std::uintptr_t a, unsigned core, access_kind k) noexcept;
// Makes the access at `time`; returns when it has ended. A line moves to one core after the other.
ticks access_line(std::uintptr_t a, unsigned core, access_kind k, ticks time, const void* pc) noexcept;

std::uint64_t transfers_so_far() noexcept;
void forget_transfers() noexcept;
std::vector<contended> worst_places();

}  // namespace simulation::timed
