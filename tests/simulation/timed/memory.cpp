// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory (runtime/memory.hpp) with prices: sequentially consistent, and every access takes its time.
#include "../runtime/memory.hpp"

#include "../runtime/machine.hpp"
#include "../runtime/values.hpp"
#include "clocks.hpp"

namespace simulation {

namespace timed {
constinit access_counts accesses{};
}

namespace {

using namespace timed;

void access(std::uintptr_t a, access_kind k) noexcept {
  // Read before other threads go on, which note theirs.
  const void* const pc = world.pc;
  keep_order(is_hit(a, world.current, k) ? most_ahead : 0);
  my_clock() = access_line(a, world.current, k, my_clock(), pc);
}

void atomic_access(std::uintptr_t a, access_kind k) noexcept {
  ++accesses.steps;
  access(a, k);
}

}  // namespace

std::uint64_t atomic_load(std::uintptr_t a, unsigned size, order) noexcept {
  atomic_access(a, access_kind::read);
  return read_value(a, size);
}
void atomic_store(std::uintptr_t a, unsigned size, std::uint64_t value, order o) noexcept {
  atomic_access(a, o == order::seq_cst ? access_kind::locked : access_kind::write);
  write_value(a, size, value);
}
std::uint64_t atomic_change(std::uintptr_t a, unsigned size, change c, std::uint64_t operand,
                            order) noexcept {
  atomic_access(a, access_kind::locked);
  const std::uint64_t old = read_value(a, size);
  write_value(a, size, changed(old, c, operand));
  return old;
}
bool atomic_compare_exchange(std::uintptr_t a, unsigned size, std::uint64_t& expected,
                             std::uint64_t desired, order, order, bool) noexcept {
  atomic_access(a, access_kind::locked);
  const std::uint64_t old = read_value(a, size);
  if (old == expected) {
    write_value(a, size, desired);
    return true;
  }
  expected = old;
  return false;
}
void atomic_fence(order o) noexcept {
  if (o == order::seq_cst) my_clock() += to_ticks(prices().locked);
}
void fence_all_threads() noexcept {
  ++accesses.fences;
  my_clock() += to_ticks(prices().all_fence + prices().fence_per_core * running_threads());
  keep_order(0);
}
std::uint64_t newest_value(std::uintptr_t a, unsigned size) noexcept { return read_value(a, size); }
void lock_acquired(std::uintptr_t a) noexcept { access(a, access_kind::locked); }
void lock_released(std::uintptr_t a) noexcept { access(a, access_kind::locked); }

void plain_access(std::uintptr_t a, std::size_t size, bool writes) noexcept {
  const access_kind k = writes ? access_kind::write : access_kind::read;
  for (std::uintptr_t line = a & ~std::uintptr_t{63}; line < a + size; line += 64) {
    if (is_hit(line, world.current, k)) {
      my_clock() += to_ticks(prices().plain);
    } else {
      access(line, k);
    }
  }
}

}  // namespace simulation
