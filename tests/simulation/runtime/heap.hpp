// SPDX-License-Identifier: MIT OR Apache-2.0
// The heap of the simulated program. No address is used twice within an execution, so every use
// after free and every double free is found, and every block that is left can be named.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simulation {

void begin_heap();

// Throw nothing; fail the execution where the simulated memory is used up.
void* heap_allocate(std::size_t bytes, std::size_t alignment) noexcept;
void heap_free(void* block) noexcept;
std::size_t heap_size_of(const void* block) noexcept;
// How many blocks there were so far.
std::size_t heap_block_count() noexcept;

// Zeroed pages, and their end.
void* map_pages(std::size_t bytes) noexcept;
void unmap_pages(void* p, std::size_t bytes) noexcept;
bool is_unmapped(std::uintptr_t a) noexcept;

// Returns true if the byte, which lies in the heap, belongs to a block that was given back.
bool is_freed(std::uintptr_t a) noexcept;

// Fails if a block that was allocated since begin_heap() can no longer be reached from a static
// variable, from mapped pages, or from a block that can.
void require_no_leaks() noexcept;

}  // namespace simulation
