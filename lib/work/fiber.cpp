// SPDX-License-Identifier: MIT OR Apache-2.0
// The only file that uses Boost.Context. Its jump keeps the registers that belong to the caller
// and, on x86, the control words of the floating-point units; what else belongs to a fiber is
// swapped here.
//
// The plain functions and not boost::context::fiber: that class unwinds an abandoned stack with an
// exception of its own, which `catch (...)` in the body would swallow; no stack is abandoned here.
// And it cannot be taught about the sanitizers.
#include <micropool/detail/work/fiber.hpp>

#include <micropool/detail/base/float_environment.hpp>

#include "../base/place.hpp"
#include "eh_state.hpp"
#include "held_locks.hpp"
#include "more_stack.hpp"
#include "running_fiber.hpp"
#include "sanitizer.hpp"
#include "stack_overflow.hpp"
#include "stack_pool.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <new>
#include <string>
#include <utility>

namespace micropool::detail {

namespace ctx = boost::context::detail;

namespace {

// Found without a call, also by a signal handler.
[[gnu::tls_model("initial-exec")]] constinit thread_local fiber_context* running = nullptr;

// The floating-point environment of plain code belongs to its stack, and moves with it.
class float_state {
public:
  // Exchanges this state and the thread's. Must be called twice on the same thread, before and
  // after a stretch on another stack. On x86 Boost's jump does that.
  void swap() noexcept {
#if !defined(__x86_64__)
    const float_environment here = float_environment::here();
    kept_.enter_from(here);
    kept_ = here;
#endif
  }

private:
  float_environment kept_ = float_environment::here();
};

}  // namespace

// Lives at the top of the stack that it describes, so that a fiber needs no other memory.
struct fiber_context : running_fiber {
  using body = fiber::body;

  fiber_context(const stack_memory& s, const std::source_location& made, bool task) noexcept
      : running_fiber{s, made, task}, own_stack(s, task ? "stackful task" : "more stack") {}

  static fiber_context* make(std::size_t stack_size, const std::source_location& made_at,
                             bool task) {
    const stack_memory s = take_stack(stack_size);
    constexpr std::size_t room = (sizeof(fiber_context) + 63) / 64 * 64;
    auto* const c = ::new (s.top() - room) fiber_context(s, made_at, task);
    c->inside = ctx::make_fcontext(c, s.size - room, &fiber_context::begin);
    return c;
  }
  static void destroy(fiber_context* c) noexcept {
    const stack_memory s = c->memory;
    const bool used_up = c->used_up;
    c->own_stack.end(s);
    c->~fiber_context();
    used_up ? give_used_stack(s) : give_stack(s);
  }

  // Switches to this stack from any other; returns when the code there switches back.
  void enter() noexcept;
  static void begin(ctx::transfer_t from) noexcept;

  body code = nullptr;
  void* argument = nullptr;
  ctx::fcontext_t inside = nullptr;   // where the code on this stack continues
  ctx::fcontext_t outside = nullptr;  // where the code that has entered does
  bool ended = false;
  bool used_up = false;  // another stack was needed on top of it
  // What belongs to a fiber while it is suspended.
  int locks = 0;
  eh_state exceptions;
  float_state rounding;
  sanitized_stack own_stack;
  sanitized_stack stack_beneath;
};

// The end of every backtrace: this function has no caller.
void fiber_context::begin(ctx::transfer_t from) noexcept {
#if defined(__x86_64__)
  asm volatile(".cfi_undefined rip");
#elif defined(__aarch64__)
  asm volatile(".cfi_undefined x30");
#endif
  auto& self = *static_cast<fiber_context*>(from.data);
  self.outside = from.fctx;
  self.own_stack.arrive_from(self.stack_beneath);
  self.code(self.argument);
  self.ended = true;
  self.own_stack.leave_for(self.stack_beneath, true);
  ctx::jump_fcontext(self.outside, nullptr);
  __builtin_unreachable();
}

void fiber_context::enter() noexcept {
  report_overflows_on_this_thread();
  fiber_context* const before = std::exchange(running, this);
  stack_beneath = sanitized_stack();
  stack_beneath.leave_for(own_stack);
  inside = ctx::jump_fcontext(inside, this).fctx;
  stack_beneath.arrive_from(own_stack);
  running = before;
}

MICROPOOL_NOINLINE const running_fiber* fiber_of_this_thread() noexcept { return running; }

fiber::fiber(frame& of, std::size_t stack_size, body run, void* argument,
             std::source_location made_at)
    : host(of), context_(fiber_context::make(stack_size, made_at, true)) {
  context_->code = run;
  context_->argument = argument;
}

fiber::~fiber() { fiber_context::destroy(context_); }

bool fiber::run() noexcept {
  fiber_context& c = *context_;
  wanted_ = nullptr;
  c.exceptions.swap();
  c.rounding.swap();
  if constexpr (locks_are_counted) c.locks = exchange_held_locks(c.locks);
  c.enter();
  if constexpr (locks_are_counted) c.locks = exchange_held_locks(c.locks);
  c.rounding.swap();
  c.exceptions.swap();
  return c.ended;
}

more_stack::more_stack(std::size_t size)
    : context_(fiber_context::make(size, std::source_location(), false)) {}

more_stack::~more_stack() { fiber_context::destroy(context_); }

stack_bounds more_stack::bounds() const noexcept { return context_->bounds(); }

void more_stack::call(body run, void* argument) noexcept {
  if (running != nullptr) running->used_up = true;
  context_->code = run;
  context_->argument = argument;
  context_->enter();
}

void fiber::require_no_lock() const noexcept {
  if (context_->locks <= 0) return;
  const std::string wrong = "micropool: a stackful task, made at " + text_of(context_->made_at) +
                            ", is suspended by await, join, scope or the like while it holds a "
                            "lock";
  const std::source_location wait = host.waits_at.where();
  fail_misuse(wrong.c_str(),
              "unlock every std::mutex before such a call: another thread may go on with the task, "
              "and would unlock what it has not locked",
              is_of_program(wait) ? wait : context_->made_at);
}

void fiber::wait(fiber_wait& w) noexcept {
  fiber_context& c = *context_;
  wanted_ = &w;
  c.own_stack.leave_for(c.stack_beneath);
  c.outside = ctx::jump_fcontext(c.outside, nullptr).fctx;
  c.own_stack.arrive_from(c.stack_beneath);
}

}  // namespace micropool::detail
