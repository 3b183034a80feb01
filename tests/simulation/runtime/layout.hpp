// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the simulated program's memory lies. Fixed addresses, and nothing that is used twice within
// an execution: so an execution depends on its seed alone, and an address names one object.
#pragma once

#include "clock.hpp"

#include <cstddef>
#include <cstdint>

namespace simulation {

inline constexpr std::uintptr_t arena_base = 0x100000000000;

// Blocks of malloc() and operator new.
inline constexpr std::uintptr_t heap_base = arena_base;
inline constexpr std::size_t heap_size = std::size_t{256} << 20;
// What the program maps itself, such as the stacks of its fibers.
inline constexpr std::uintptr_t maps_base = heap_base + heap_size;
inline constexpr std::size_t maps_size = std::size_t{512} << 20;
// Stacks of threads.
inline constexpr std::uintptr_t stacks_base = maps_base + maps_size;
inline constexpr std::size_t stack_size = std::size_t{1} << 20;
inline constexpr std::size_t stacks_size = max_threads * stack_size;
// Thread-local storage.
inline constexpr std::uintptr_t tls_base = stacks_base + stacks_size;
inline constexpr std::size_t tls_area_size = std::size_t{32} << 10;
inline constexpr std::size_t tls_size = max_threads * tls_area_size;

inline constexpr std::size_t arena_size = heap_size + maps_size + stacks_size + tls_size;

inline bool is_in_heap(std::uintptr_t a) noexcept { return a - heap_base < heap_size; }
inline bool is_in_maps(std::uintptr_t a) noexcept { return a - maps_base < maps_size; }

}  // namespace simulation
