// SPDX-License-Identifier: MIT OR Apache-2.0
// How sorts compare and move elements, so that none is lost if a comparison throws.
//
// An element is in the range, in a buffer, or in the local variable of a `hole`. A slot of a buffer
// holds an object exactly while it holds an element: moving in constructs it, moving out destroys
// it.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <atomic>
#include <concepts>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Compares the projections of two elements.
template <class Comp, class Proj>
struct projected_order {
  Comp comp;
  Proj proj;

  template <class A, class B>
  MICROPOOL_ALWAYS_INLINE bool operator()(A&& a, B&& b) noexcept(
      noexcept(std::invoke(comp, std::invoke(proj, std::forward<A>(a)),
                           std::invoke(proj, std::forward<B>(b))))) {
    return std::invoke(comp, std::invoke(proj, std::forward<A>(a)),
                       std::invoke(proj, std::forward<B>(b)));
  }
};

// Elements that can be moved to another place and back without an exception.
template <class I>
inline constexpr bool moves_safely =
    noexcept(std::ranges::iter_move(std::declval<const I&>())) &&
    std::is_nothrow_constructible_v<std::iter_value_t<I>, std::iter_rvalue_reference_t<I>> &&
    std::is_nothrow_move_constructible_v<std::iter_value_t<I>> &&
    std::is_nothrow_assignable_v<std::iter_reference_t<I>, std::iter_value_t<I>> &&
    std::is_nothrow_assignable_v<std::iter_reference_t<I>, std::iter_rvalue_reference_t<I>>;

// Elements that cost less to move than a mispredicted branch.
template <class T>
inline constexpr bool is_cheap =
    std::is_trivially_copyable_v<T> && std::copyable<T> && sizeof(T) <= 32;

// Exchanges two elements. Does not call a user's swap that may throw, perhaps half-way: moves do
// not throw where sorts move elements.
template <class I>
MICROPOOL_ALWAYS_INLINE void exchange_elements(I a, I b) {
  if constexpr (noexcept(std::ranges::iter_swap(a, b))) {
    std::ranges::iter_swap(a, b);
  } else {
    std::iter_value_t<I> out = std::ranges::iter_move(a);
    *a = std::ranges::iter_move(b);
    *b = std::move(out);
  }
}

// An element that has been taken out of its range, and the place that is free for it. The
// destructor puts the element there, also when an exception leaves.
template <class I>
class hole {
public:
  explicit hole(I at) noexcept : place_(at), value_(std::ranges::iter_move(at)) {}
  hole(const hole&) = delete;
  hole& operator=(const hole&) = delete;
  ~hole() { *place_ = std::move(value_); }

  std::iter_value_t<I>& value() noexcept { return value_; }
  // Moves another element to the free place; its own place becomes free.
  void fill_from(I other) noexcept {
    *place_ = std::ranges::iter_move(other);
    place_ = other;
  }

private:
  I place_;
  std::iter_value_t<I> value_;
};

template <class I>
MICROPOOL_ALWAYS_INLINE void move_in(I from, std::iter_value_t<I>* slot) noexcept {
  std::construct_at(slot, std::ranges::iter_move(from));
}
template <class I>
MICROPOOL_ALWAYS_INLINE void move_out(std::iter_value_t<I>* slot, I to) noexcept {
  *to = std::move(*slot);
  std::destroy_at(slot);
}

// The first exception of a sort that must bring its elements to their places before it may throw.
class first_failure {
public:
  bool has_happened() const noexcept { return happened_.load(std::memory_order_relaxed); }
  // Records the current exception. Requires that there is one, as in a catch clause.
  void record() noexcept {
    if (!happened_.exchange(true, std::memory_order_relaxed)) exception_ = std::current_exception();
  }
  // Requires that all threads that may record have ended.
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

private:
  std::atomic<bool> happened_{false};
  std::exception_ptr exception_;  // written by the thread that has set happened_
};

}  // namespace micropool::detail
