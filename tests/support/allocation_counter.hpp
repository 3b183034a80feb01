// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts calls of the global operator new. Link allocation_counter_dep: it replaces the operators
// for the whole program, the shared library included.
#pragma once

#include <cstdint>

namespace micropool_test {

// Calls of any global operator new so far, by all threads.
std::uint64_t allocations() noexcept;
// Calls of any global operator delete so far for a pointer that is not null, by all threads.
std::uint64_t deallocations() noexcept;

// What was allocated since the counter was made.
class allocation_count {
public:
  std::uint64_t so_far() const noexcept { return allocations() - at_start_; }
  void restart() noexcept { at_start_ = allocations(); }

private:
  std::uint64_t at_start_ = allocations();
};

}  // namespace micropool_test
