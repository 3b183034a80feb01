// SPDX-License-Identifier: MIT OR Apache-2.0
// The local state of each participant of a loop. It is in one block with the seats, which is
// reserved before the loop begins, so that a helper joins without an allocation.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/iter/driver.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace micropool::detail {

// The Hands of a loop: each seat gets one when its holder asks for it, made from the stage and from
// spare memory behind it, which is aligned like the Hand. Must be a member of the loop, and
// destroys the Hands after its end. Throws std::bad_alloc.
//
// Threads: of() and held_by() are for the holder of the seat, and for any thread once the loop has
// ended.
template <class Hand>
class hands {
public:
  // Reserves `spare` bytes for each Hand, or what a recycled block has room for if that is less.
  explicit hands(loop& of, std::size_t spare = 0) : loop_(of) {
    const std::size_t n = of.participants();
    const std::size_t of_seats = rounded((n - 1) * sizeof(seat));
    const std::size_t for_each =
        of_seats < largest_class_size ? (largest_class_size - of_seats) / n / line * line : 0;
    room_ = std::max(rounded(sizeof(Hand)), std::min(rounded(spare_begins + spare), for_each));
    bytes_ = of_seats + n * room_;
    block_ = static_cast<std::byte*>(frame_allocate(bytes_, line));
    of.set_seats(block_, block_ + of_seats, room_);
  }
  hands(const hands&) = delete;
  hands& operator=(const hands&) = delete;
  ~hands() {
    loop_.each_seat([](seat& s) {
      if (Hand* h = held_by(s)) std::destroy_at(h);
    });
    frame_deallocate(block_, bytes_, line);
  }

  // Returns null if the holder has not asked for one.
  static Hand* held_by(const seat& s) noexcept { return static_cast<Hand*>(s.hand); }
  template <class Stage>
  Hand& of(seat& s, Stage& stage) {
    if (s.hand == nullptr) [[unlikely]] {
      const std::span all(static_cast<std::byte*>(s.room), room_);
      s.hand = ::new (s.room) Hand(stage, all.subspan(std::min(spare_begins, room_)));
    }
    return *held_by(s);
  }

private:
  // Each room begins on a cache line of its own.
  static constexpr std::size_t line = std::max(block_alignment, alignof(Hand));
  static constexpr std::size_t rounded(std::size_t bytes) noexcept {
    return (bytes + line - 1) / line * line;
  }
  static constexpr std::size_t spare_begins =
      (sizeof(Hand) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) *
      alignof(std::max_align_t);

  loop& loop_;
  std::size_t room_;  // bytes of each
  std::size_t bytes_;
  std::byte* block_;
};

// The Hand of a loop whose participants keep nothing: only seats are reserved.
struct empty_hand {
  template <class Stage>
  empty_hand(Stage&, std::span<std::byte>) noexcept {}
};

}  // namespace micropool::detail
