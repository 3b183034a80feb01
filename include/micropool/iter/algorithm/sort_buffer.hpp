// SPDX-License-Identifier: MIT OR Apache-2.0
// sort_buffer: memory that one sort leaves to the next.
#pragma once

#include <micropool/detail/base/passkey.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

namespace micropool {

/// Memory of par_sort and par_stable_sort, for a caller that sorts often. It grows to what the
/// largest sort has needed, about the size of the elements, and is reused for elements of any type.
///
/// Threads: one sort at a time.
class sort_buffer {
public:
  /// Makes a buffer without memory.
  sort_buffer() noexcept = default;
  sort_buffer(sort_buffer&& other) noexcept { swap(other); }
  sort_buffer& operator=(sort_buffer&& other) noexcept {
    sort_buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~sort_buffer() { clear(); }

  /// Exchanges the memory of both.
  void swap(sort_buffer& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    std::swap(alignment_, other.alignment_);
  }

  /// Returns the size in bytes.
  std::size_t capacity() const noexcept { return bytes_; }
  /// Releases the memory.
  void clear() noexcept {
    if (memory_ != nullptr) ::operator delete(memory_, std::align_val_t{alignment_});
    memory_ = nullptr;
    bytes_ = 0;
  }

  // For the library: returns memory for a sort, whose former content is lost. Throws
  // std::bad_alloc.
  void* get(detail::passkey, std::size_t bytes, std::size_t alignment) {
    if (bytes > bytes_ || alignment > alignment_) {
      const std::size_t a = std::max(alignment, alignment_);
      clear();
      memory_ = ::operator new(bytes, std::align_val_t{a});
      bytes_ = bytes;
      alignment_ = a;
    }
    return memory_;
  }

private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t alignment_ = 64;  // a cache line
};

}  // namespace micropool
