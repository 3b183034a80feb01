// SPDX-License-Identifier: MIT OR Apache-2.0
// The result of the lowest piece that ended early. A piece is the chunks that a participant takes
// at a time.
#pragma once

#include <micropool/detail/iter/part_list.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

namespace micropool::detail {

// How a piece of a loop ended early: with a value that wants no more items, or with an exception.
// The value is in a list, because not every T can be swapped without throwing.
template <class T>
struct piece_failure {
  piece_failure() noexcept = default;
  // Takes memory from the store of the participant that runs the piece.
  piece_failure(std::uint32_t chunk, T&& value, part_store<T>* store = nullptr) {
    part_list<T> one(store);
    one.push({chunk, chunk}, std::move(value));
    stopped.swap(one);
  }
  explicit piece_failure(std::exception_ptr e) noexcept : exception(std::move(e)) {}

  friend void swap(piece_failure& a, piece_failure& b) noexcept {
    a.stopped.swap(b.stopped);
    std::swap(a.exception, b.exception);
  }

  part_list<T> stopped;
  std::exception_ptr exception;
};

// Keeps the result of the piece with the lowest first chunk. Pieces are disjoint and run their
// chunks in order, so it also has the lowest index.
//
// Left: has a swap that does not throw.
// Threads: any thread may call note(); get() and chunk() require that the loop has ended.
template <class Left>
class lowest_failure {
public:
  // Returns true if no lower piece has been noted before. Then `left` is kept, and what was kept
  // before is swapped into it, so that it is destroyed without the lock.
  bool note(std::uint32_t chunk, Left& left) noexcept {
    using std::swap;
    const std::lock_guard lock(mutex_);
    if (chunk >= lowest_) return false;
    lowest_ = chunk;
    swap(left_, left);
    return true;
  }
  // Empty if no piece has failed.
  Left& get() noexcept { return left_; }
  // The first chunk of the piece; 2^32 - 1 if no piece has failed.
  std::uint32_t chunk() const noexcept { return lowest_; }

private:
  short_mutex mutex_;  // guards the two below
  std::uint32_t lowest_ = 0xffff'ffff;  // no chunk has this number
  Left left_;
};

}  // namespace micropool::detail
