// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/bridge.hpp>

#include "../base/place.hpp"
#include "visit.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/error.hpp>

#include <atomic>
#include <new>
#include <string>
#include <utility>

namespace micropool::detail {

// The header in front of the coroutine's frame.
struct alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) bridge::block {
  explicit block(std::size_t n) noexcept : size(n) {}
  static block* of(void* coroutine) noexcept { return static_cast<block*>(coroutine) - 1; }

  // Releases one holder's share. Returns true if the other holder has released its own before;
  // then the block is gone.
  bool let_go() noexcept {
    // [acq_rel: bridge.release] what either holder did with the block comes before its end.
    if (!one_is_left.exchange(true, std::memory_order_acq_rel)) return false;
    frame_deallocate(this, size);
    return true;
  }

  const std::size_t size;
  std::atomic<bool> one_is_left{false};
};

namespace {

bridge make_bridge(foreign_wait&) { co_return; }

}  // namespace

bridge bridge::to(foreign_wait& w) { return make_bridge(w); }

bridge::bridge(std::coroutine_handle<promise_type> h) noexcept
    : handle_(h), block_(block::of(h.address())) {}

void bridge::let_go() const noexcept { block_->let_go(); }

bool bridge::take_back() const noexcept {
  if (block_->let_go()) return false;
  handle_.promise().wait_ = nullptr;
  handle_.destroy();
  return true;
}

bridge bridge::promise_type::get_return_object() noexcept {
  return bridge(std::coroutine_handle<promise_type>::from_promise(*this));
}

bridge::promise_type::~promise_type() {
  if (wait_ == nullptr) return;
  wait_->abandoned = true;
  // LAST TOUCH: the parent and the wait may be gone.
  resume_as_visitor(wait_->parent);
}

void bridge::promise_type::return_void() noexcept {
  frame& parent = std::exchange(wait_, nullptr)->parent;
  // LAST TOUCH: the parent may run, and the wait may be gone.
  post(*parent.home, parent);
}

void* bridge::promise_type::operator new(std::size_t n, foreign_wait&) {
  const std::size_t size = n + sizeof(block);
  return ::new (frame_allocate(size)) block(size) + 1;
}

void bridge::promise_type::operator delete(void* memory, std::size_t) noexcept {
  block::of(memory)->let_go();
}

void throw_abandoned(std::string_view awaitable, call_site at) {
  std::string text = "micropool: co_await of a " + std::string(awaitable);
  if (is_of_program(at.where())) text += " at " + text_of(at.where());
  throw operation_abandoned(
      text +
      ": its handle was destroyed instead of resumed, so what the task waited for will not come; "
      "catch operation_abandoned where that may happen, or keep alive what was to resume the task");
}

}  // namespace micropool::detail
