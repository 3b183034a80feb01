// SPDX-License-Identifier: MIT OR Apache-2.0
// The stacks of simulated threads, and the switch between them.
#pragma once

#include "machine.hpp"

namespace simulation {

// Lets thread `next` go on, until another one switches back to the caller.
void switch_to(unsigned next) noexcept;
// Runs thread 0 from the host, until leave_for_host().
void enter_from_host() noexcept;
// Abandons all threads where they are.
[[noreturn]] void leave_for_host() noexcept;

// Prepares a thread whose function and argument are set. It calls `ended` as the last thing on its
// stack.
void prepare_stack(unsigned id, void (*ended)()) noexcept;

// The arena, at its fixed addresses; once per process.
void map_arena();
// Pages of the system for the runtime itself, zero at first.
void* host_pages(std::size_t bytes);

}  // namespace simulation
