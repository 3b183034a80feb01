// SPDX-License-Identifier: MIT OR Apache-2.0
// Of all pieces of a loop that have ended early: what the one with the lowest index left.
#pragma once

#include <micropool/detail/sync/short_mutex.hpp>
#include <micropool/iter/part_list.hpp>

#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

namespace micropool::detail {

// What a piece of a loop has ended with: a value that wants no more, or what was thrown. The value
// is in a list, since not everything can be swapped without throwing.
template <class T>
struct piece_failure {
  piece_failure() noexcept = default;
  piece_failure(std::uint32_t unit, T&& value) { stopped.push({unit, unit}, std::move(value)); }
  explicit piece_failure(std::exception_ptr e) noexcept : exception(std::move(e)) {}

  friend void swap(piece_failure& a, piece_failure& b) noexcept {
    a.stopped.swap(b.stopped);
    std::swap(a.exception, b.exception);
  }

  part_list<T> stopped;
  std::exception_ptr exception;
};

// Units are disjoint and run in order inside a piece, so the piece that begins lowest has the
// lowest index as well.
//
// Left: a swap that does not throw.
// Threads: note() any; get() when the loop has ended.
template <class Left>
class lowest_failure {
public:
  // True if none that begins lower was noted before: then `left` is kept, and what was kept before
  // is swapped into it, so that it is destroyed without the lock.
  bool note(std::uint32_t unit, Left& left) noexcept {
    using std::swap;
    const std::lock_guard lock(mutex_);
    if (unit >= lowest_) return false;
    lowest_ = unit;
    swap(left_, left);
    return true;
  }
  // Empty if nothing has failed.
  Left& get() noexcept { return left_; }
  // Where the piece begins; 2^32 - 1 if nothing has failed.
  std::uint32_t unit() const noexcept { return lowest_; }

private:
  short_mutex mutex_;  // guards the two below
  std::uint32_t lowest_ = 0xffff'ffff;  // no unit has this number
  Left left_;
};

}  // namespace micropool::detail
