// SPDX-License-Identifier: MIT OR Apache-2.0
// A participant's stint: the stretch of work that it took from elsewhere and has not finished.
#pragma once

#include <cstdint>

namespace micropool::detail {

struct inbox;

// Names where the work came from: nowhere, an element of somebody's deque, or an inbox.
//
//   0                                   none
//   victim + 1 (16) | index (47) | 0    stolen; an index of a deque is stolen once (D1), so the
//                                       word names one job for ever
//   address of the inbox           | 1  taken from an inbox
class stint {
public:
  constexpr stint() noexcept = default;
  static stint stolen(std::uint32_t victim, std::int64_t index) noexcept {
    return stint((std::uint64_t{victim} + 1) << 48 |
                 ((static_cast<std::uint64_t>(index) << 1) & index_mask));
  }
  static stint of_inbox(const inbox& i) noexcept {
    return stint(reinterpret_cast<std::uintptr_t>(&i) | 1);
  }

  bool none() const noexcept { return word_ == 0; }
  bool is_from(const inbox& i) const noexcept { return *this == of_inbox(i); }
  bool from_inbox() const noexcept { return (word_ & 1) != 0; }
  std::uint32_t victim() const noexcept { return static_cast<std::uint32_t>(word_ >> 48) - 1; }
  // Is the stolen job's index at `base` or above? Indices are kept modulo 2^47.
  bool at_or_above(std::int64_t base) const noexcept {
    const std::uint64_t distance = (word_ & index_mask) - (static_cast<std::uint64_t>(base) << 1);
    return static_cast<std::int64_t>(distance << 16) >= 0;
  }

  friend bool operator==(stint, stint) = default;

private:
  static constexpr std::uint64_t index_mask = 0x0000'ffff'ffff'fffe;
  constexpr explicit stint(std::uint64_t word) noexcept : word_(word) {}
  std::uint64_t word_ = 0;
};

}  // namespace micropool::detail
