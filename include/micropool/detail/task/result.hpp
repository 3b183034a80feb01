// SPDX-License-Identifier: MIT OR Apache-2.0
// slot: holds the result or the exception of a branch or coroutine until its parent takes it.
#pragma once

#include <micropool/detail/base/call_site.hpp>
#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/room_for.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace micropool::detail {

// void becomes std::monostate inside tuples and vectors.
template <class T>
using or_monostate = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// Storage for a value that is constructed at most once. T need not be default-constructible or
// copyable. The owner must track whether there is a value.
template <class T>
union result_value {
  result_value() noexcept {}
  ~result_value() {}

  static constexpr bool trivial = std::is_trivially_destructible_v<T>;

  // Takes a callable, so that its result may be of a type that cannot be moved.
  template <class F>
  void emplace_from(F&& f) {
    ::new (const_cast<void*>(static_cast<const volatile void*>(room.place())))
        T(std::forward<F>(f)());
  }
  void destroy() noexcept { std::destroy_at(room.place()); }
  T&& take() noexcept { return static_cast<T&&>(*room.place()); }
  const T& peek() const noexcept { return *room.place(); }

  room_for<T> room;
};

template <class T>
union result_value<T&> {
  static constexpr bool trivial = true;

  template <class F>
  void emplace_from(F&& f) {
    value = std::addressof(static_cast<T&>(std::forward<F>(f)()));
  }
  T& take() noexcept { return *value; }
  T& peek() const noexcept { return *value; }

  T* value;
};

template <>
union result_value<void> {
  static constexpr bool trivial = true;

  template <class F>
  void emplace_from(F&& f) {
    std::forward<F>(f)();
  }
  std::monostate take() noexcept { return {}; }
};

// A callable that has returned has produced a result. A coroutine that has ended may not have: its
// body may end without co_return, and some compilers drop bodies.
enum class result_of { coroutine, callable };

// The outcome of one child: a result, an exception, or nothing yet.
template <class T, result_of From = result_of::coroutine>
class slot {
  // A full word that starts as zero in a branch, beside other words that do, so that compilers
  // merge the stores.
  enum class state : std::uintptr_t { made, failed, empty };
  // If this holds, the state starts as `made`, and only an exception changes it.
  static constexpr bool made_unless_failed =
      From == result_of::callable && result_value<T>::trivial;

public:
  using value_type = T;

  slot() noexcept {}
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;
  ~slot() { clear(); }

  template <class F>
  void emplace_from(F&& f) {
    holds_.value.emplace_from(std::forward<F>(f));
    if constexpr (!made_unless_failed) state_ = state::made;
  }
  // Stores what the callable returns or throws.
  template <class F>
  void run(F&& f) noexcept {
    try {
      emplace_from(std::forward<F>(f));
    } catch (...) {
      fail();
    }
  }
  // Replaces the content by the exception that is being handled, or by a given one. Not inlined, so
  // that the ordinary path loses no registers to it.
  MICROPOOL_COLD void fail() noexcept { fail(std::current_exception()); }
  MICROPOOL_COLD void fail(std::exception_ptr e) noexcept {
    clear();
    std::construct_at(std::addressof(holds_.exception), std::move(e));
    state_ = state::failed;
  }

  bool failed() const noexcept { return state_ == state::failed; }
  // Sets where the coroutine is defined, for the message about a missing result.
  void comes_from(call_site coroutine) noexcept { coroutine_ = coroutine; }
  // Requires failed().
  std::exception_ptr take_exception() noexcept {
    std::exception_ptr e = std::move(holds_.exception);
    clear();
    state_ = state::empty;
    return e;
  }

  // Throws the exception, if there is one. If it returns, there is a result.
  void require() const {
    if (state_ != state::made) [[unlikely]] throw_instead(nullptr);
  }
  // The same for the result of a spawned task.
  void require(const std::source_location* spawned_at) const {
    if (state_ != state::made) [[unlikely]] throw_instead(spawned_at);
  }
  // Returns the result: an rvalue, the reference itself, or std::monostate. Requires that require()
  // has returned.
  decltype(auto) take() noexcept { return holds_.value.take(); }
  decltype(auto) peek() const noexcept { return holds_.value.peek(); }

  T get() {
    require();
    if constexpr (!std::is_void_v<T>) return take();
  }

private:
  [[noreturn]] MICROPOOL_COLD void throw_instead(const std::source_location* spawned_at) const {
    if (failed()) std::rethrow_exception(holds_.exception);
    fail_without_result(type_name<T>(), coroutine_.where(),
                        spawned_at != nullptr ? *spawned_at : std::source_location());
  }
  MICROPOOL_COLD void drop_exception() noexcept {
    std::destroy_at(std::addressof(holds_.exception));
  }
  void clear() noexcept {
    if (state_ == state::failed) [[unlikely]] {
      drop_exception();
    } else if constexpr (!result_value<T>::trivial) {
      if (state_ == state::made) holds_.value.destroy();
    }
  }

  state state_ = made_unless_failed ? state::made : state::empty;
  union either {
    either() noexcept {}
    ~either() {}
    result_value<T> value;
    std::exception_ptr exception;
  } holds_;
  [[no_unique_address]] call_site coroutine_;
};

// The results of a join, or the exception that a serial run would have met first.
template <class... Slots>
auto results_of(Slots&... s) {
  (..., s.require());
  if constexpr (!(std::is_void_v<typename Slots::value_type> && ...)) {
    return std::tuple<or_monostate<typename Slots::value_type>...>(s.take()...);
  }
}
// The same for slots in a range; slot_of(element) is the slot of each.
template <class T, class Range, class SlotOf>
auto results_of_all(Range all, SlotOf slot_of) {
  for (auto& one : all) std::invoke(slot_of, one).require();
  if constexpr (!std::is_void_v<T>) {
    // A vector cannot hold references, so their objects are copied.
    std::vector<std::remove_cvref_t<T>> values;
    values.reserve(all.size());
    for (auto& one : all) values.emplace_back(std::invoke(slot_of, one).take());
    return values;
  }
}

}  // namespace micropool::detail
