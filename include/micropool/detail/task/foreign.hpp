// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaiting what is not ours: whoever resumes it, and wherever, the coroutine continues on its own
// pool.
#pragma once

#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// A coroutine that does nothing but send another one home. The foreign awaitable gets its handle
// instead of the real one, resumes it once, and it destroys itself.
struct bridge {
  struct promise_type {
    bridge get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    static void* operator new(std::size_t n) { return frame_allocate(n); }
    static void operator delete(void* p, std::size_t n) noexcept { frame_deallocate(p, n); }
  };
  std::coroutine_handle<promise_type> handle;
};

inline bridge make_bridge(frame& to) {
  post(*to.home, to);
  co_return;
}

template <class A>
class foreign_awaiter {
public:
  foreign_awaiter(frame& parent, A&& a)
      : parent_(parent), inner_(get_awaiter(std::forward<A>(a))) {}

  bool await_ready() { return static_cast<bool>(inner_.await_ready()); }

  std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) {
    const auto there = make_bridge(parent_).handle;
    suspension s(parent_);
    using answer = decltype(inner_.await_suspend(there));
    try {
      if constexpr (std::is_void_v<answer>) {
        // LAST TOUCH: once the awaitable has the handle, the parent may run elsewhere.
        inner_.await_suspend(there);
        return std::noop_coroutine();
      } else if constexpr (std::is_convertible_v<answer, bool>) {
        // LAST TOUCH: as above, unless it says false.
        if (inner_.await_suspend(there)) return std::noop_coroutine();
      } else {
        // LAST TOUCH: as above, unless it hands our own handle back.
        const std::coroutine_handle<> to = inner_.await_suspend(there);
        if (to != there) return to;
      }
    } catch (...) {
      there.destroy();
      s.undo();
      throw;
    }
    there.destroy();
    s.undo();
    return self;
  }

  decltype(auto) await_resume() { return inner_.await_resume(); }

private:
  frame& parent_;
  decltype(get_awaiter(std::declval<A>())) inner_;
};

}  // namespace micropool::detail
