// SPDX-License-Identifier: MIT OR Apache-2.0
// What each participant of a loop keeps for itself from piece to piece.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/iter/driver.hpp>

#include <memory>
#include <new>

namespace micropool::detail {

// One Hand for each seat whose holder has asked for it. Has to be a member of the loop, after whose
// end they are destroyed.
//
// Threads: of() and held_by() the holder of the seat; all others when the loop has ended.
template <class Hand>
class hands {
public:
  explicit hands(loop& of) noexcept : loop_(of) {}
  hands(const hands&) = delete;
  hands& operator=(const hands&) = delete;
  ~hands() {
    loop_.each_seat([](seat& s) {
      if (Hand* h = held_by(s)) {
        std::destroy_at(h);
        deallocate_for(h);
      }
    });
  }

  // Null if the holder has not asked for one.
  static Hand* held_by(const seat& s) noexcept { return static_cast<Hand*>(s.hand); }
  template <class Stage>
  Hand& of(seat& s, Stage& stage) {
    if (s.hand == nullptr) [[unlikely]] {
      auto* memory = allocate_for<Hand>();
      try {
        s.hand = ::new (memory) Hand(stage);
      } catch (...) {
        deallocate_for(memory);
        throw;
      }
    }
    return *held_by(s);
  }

private:
  loop& loop_;
};

}  // namespace micropool::detail
