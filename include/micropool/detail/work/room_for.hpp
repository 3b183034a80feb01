// SPDX-License-Identifier: MIT OR Apache-2.0
// room_for and in_room: storage for an over-aligned object inside a less aligned one.
//
// The members of an awaiter lie in the frame of the awaiting coroutine, and compilers do not tell
// the alignment that a frame needs (frame_memory.hpp). So an object that needs more than a cache
// line gets additional bytes, and its aligned place among them is computed at run time.
#pragma once

#include <micropool/detail/work/size_class.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Storage for one object, which the owner constructs and destroys. The storage must not move while
// the object exists.
template <class T>
class room_for {
public:
  room_for() noexcept {}
  ~room_for() {}

  T* place() noexcept { return std::addressof(value_); }
  const T* place() const noexcept { return std::addressof(value_); }

private:
  union {
    T value_;
  };
};

template <class T>
  requires(alignof(T) > block_alignment)
class room_for<T> {
public:
  T* place() noexcept { return std::launder(reinterpret_cast<T*>(bytes_ + offset())); }
  const T* place() const noexcept {
    return std::launder(reinterpret_cast<const T*>(bytes_ + offset()));
  }

private:
  std::size_t offset() const noexcept {
    return (0 - reinterpret_cast<std::uintptr_t>(bytes_)) & (alignof(T) - 1);
  }

  std::byte bytes_[sizeof(T) + alignof(T) - 1];
};

// An object in such storage, for its whole lifetime.
template <class T>
class in_room {
public:
  explicit in_room(T&& v) { ::new (place()) T(std::move(v)); }
  in_room(in_room&& other) : in_room(std::move(other.get())) {}
  in_room(const in_room& other)
    requires std::is_copy_constructible_v<T>
  {
    ::new (place()) T(other.get());
  }
  in_room& operator=(const in_room&) = delete;
  ~in_room() { std::destroy_at(room_.place()); }

  T& get() noexcept { return *room_.place(); }
  const T& get() const noexcept { return *room_.place(); }

private:
  void* place() noexcept { return room_.place(); }

  room_for<T> room_;
};

}  // namespace micropool::detail
