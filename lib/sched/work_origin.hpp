// SPDX-License-Identifier: MIT OR Apache-2.0
// The steal link: where a participant's current work came from. A work unit is the stretch of work
// that a participant took from elsewhere and has not finished.
//
// Helping follows these links, so that a waiter may steal from every deque whose jobs descend from
// what it waits for, and from no other: leapfrogging, made transitive (H1 to H3 in README.md).
//
// Wagner and Calder, "Leapfrogging: a portable technique for implementing efficient futures",
// PPoPP 1993.
#pragma once

#include <cstdint>

namespace micropool::detail {

struct inbox;

// Names the origin: none, an element of a victim's deque, or an inbox.
//
//   0                                   none
//   victim + 1 (16) | index (47) | 0    stolen; an index of a deque is stolen once (D1), so the
//                                       word names one job for ever
//   address of the inbox           | 1  taken from an inbox
class work_origin {
public:
  constexpr work_origin() noexcept = default;
  static work_origin stolen(std::uint32_t victim, std::int64_t index) noexcept {
    return work_origin((std::uint64_t{victim} + 1) << 48 |
                       ((static_cast<std::uint64_t>(index) << 1) & index_mask));
  }
  static work_origin of_inbox(const inbox& i) noexcept {
    return work_origin(reinterpret_cast<std::uintptr_t>(&i) | 1);
  }

  bool none() const noexcept { return word_ == 0; }
  bool is_from(const inbox& i) const noexcept { return *this == of_inbox(i); }
  bool from_inbox() const noexcept { return (word_ & 1) != 0; }
  // Requires from_inbox(). The inbox is sure to exist only while the work unit lasts.
  const inbox* source() const noexcept {
    return reinterpret_cast<const inbox*>(static_cast<std::uintptr_t>(word_ & ~std::uint64_t{1}));
  }
  std::uint32_t victim() const noexcept { return static_cast<std::uint32_t>(word_ >> 48) - 1; }
  // Returns true if the stolen job's index is `base` or above. Indices are kept modulo 2^47.
  bool at_or_above(std::int64_t base) const noexcept {
    const std::uint64_t distance = (word_ & index_mask) - (static_cast<std::uint64_t>(base) << 1);
    return static_cast<std::int64_t>(distance << 16) >= 0;
  }

  friend bool operator==(work_origin, work_origin) = default;

private:
  static constexpr std::uint64_t index_mask = 0x0000'ffff'ffff'fffe;
  constexpr explicit work_origin(std::uint64_t word) noexcept : word_(word) {}
  std::uint64_t word_ = 0;
};

}  // namespace micropool::detail
