// SPDX-License-Identifier: MIT OR Apache-2.0
// Values of atomic objects as numbers of 64 bits.
#pragma once

#include "memory.hpp"

#include <cstdint>
#include <cstring>

namespace simulation {

inline std::uint64_t read_value(std::uintptr_t a, unsigned size) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(a), size);
  return value;
}
inline void write_value(std::uintptr_t a, unsigned size, std::uint64_t value) noexcept {
  std::memcpy(reinterpret_cast<void*>(a), &value, size);
}

inline std::uint64_t changed(std::uint64_t old, change c, std::uint64_t operand) noexcept {
  switch (c) {
    case change::exchange: return operand;
    case change::add: return old + operand;
    case change::subtract: return old - operand;
    case change::and_: return old & operand;
    case change::or_: return old | operand;
    case change::xor_: return old ^ operand;
    case change::nand: return ~(old & operand);
  }
  return 0;
}

}  // namespace simulation
