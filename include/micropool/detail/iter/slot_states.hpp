// SPDX-License-Identifier: MIT OR Apache-2.0
// The local state of each participant of a loop. It is in one block with the slots, which is
// reserved before the loop begins, so that a helper joins without an allocation.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/iter/driver.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace micropool::detail {

// The states of a loop: each slot gets one when its holder asks for it, made from the stage and
// from spare memory behind it, which is aligned like the State. Must be a member of the loop, and
// destroys the states after its end. Throws std::bad_alloc.
//
// Threads: of() and state_of() are for the holder of the slot, and for any thread once the loop has
// ended.
template <class State>
class slot_states {
public:
  // Reserves `spare` bytes for each State, or what a recycled block has room for if that is less.
  explicit slot_states(loop& of, std::size_t spare = 0) : loop_(of) {
    const std::size_t n = of.participants();
    const std::size_t of_slots = rounded((n - 1) * sizeof(loop_slot));
    const std::size_t for_each =
        of_slots < largest_class_size ? (largest_class_size - of_slots) / n / line * line : 0;
    room_ = std::max(rounded(sizeof(State)), std::min(rounded(spare_begins + spare), for_each));
    bytes_ = of_slots + n * room_;
    block_ = static_cast<std::byte*>(frame_allocate(bytes_, line));
    of.set_slots(block_, block_ + of_slots, room_);
  }
  slot_states(const slot_states&) = delete;
  slot_states& operator=(const slot_states&) = delete;
  ~slot_states() {
    loop_.each_slot([](loop_slot& s) {
      if (State* h = state_of(s)) std::destroy_at(h);
    });
    frame_deallocate(block_, bytes_, line);
  }

  // Returns null if the holder has not asked for one.
  static State* state_of(const loop_slot& s) noexcept { return static_cast<State*>(s.state); }
  template <class Stage>
  State& of(loop_slot& s, Stage& stage) {
    if (s.state == nullptr) [[unlikely]] {
      const std::span all(static_cast<std::byte*>(s.room), room_);
      s.state = ::new (s.room) State(stage, all.subspan(std::min(spare_begins, room_)));
    }
    return *state_of(s);
  }

private:
  // Each room begins on a cache line of its own.
  static constexpr std::size_t line = std::max(block_alignment, alignof(State));
  static constexpr std::size_t rounded(std::size_t bytes) noexcept {
    return (bytes + line - 1) / line * line;
  }
  static constexpr std::size_t spare_begins =
      (sizeof(State) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) *
      alignof(std::max_align_t);

  loop& loop_;
  std::size_t room_;  // bytes of each
  std::size_t bytes_;
  std::byte* block_;
};

// The State of a loop whose participants keep nothing: only slots are reserved.
struct empty_slot_state {
  template <class Stage>
  empty_slot_state(Stage&, std::span<std::byte>) noexcept {}
};

}  // namespace micropool::detail
