// SPDX-License-Identifier: MIT OR Apache-2.0
// The only file that knows Boost.Context. Its jump keeps the registers that belong to the caller
// and, on x86, the control words of the floating-point units; what else belongs to a stack is
// swapped here.
//
// The plain functions and not boost::context::fiber: that class unwinds a stack that is left behind
// with an exception of its own, which `catch (...)` in the body would swallow; no stack is left
// behind here. And it cannot be told of the sanitizers.
#include <micropool/detail/work/fiber.hpp>

#include "eh_state.hpp"
#include "float_control.hpp"
#include "held_locks.hpp"
#include "running_fiber.hpp"
#include "sanitizer.hpp"
#include "stack_overflow.hpp"
#include "stack_pool.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <new>
#include <utility>

namespace micropool::detail {

namespace ctx = boost::context::detail;

namespace {

// Found without a call, also by a signal handler.
[[gnu::tls_model("initial-exec")]] constinit thread_local const running_fiber* running = nullptr;

}  // namespace

MICROPOOL_NOINLINE const running_fiber* fiber_of_this_thread() noexcept { return running; }

// Lives at the top of the stack that it describes, so a fiber needs no other memory.
struct fiber::context : running_fiber {
  context(const stack_memory& s, const std::source_location& made, body run, void* with) noexcept
      : running_fiber{s, made}, code(run), argument(with), fiber_stack(s) {}

  static context* make(std::size_t stack_size, const std::source_location& made_at, body run,
                       void* argument) {
    const stack_memory s = take_stack(stack_size);
    constexpr std::size_t room = (sizeof(context) + 63) / 64 * 64;
    auto* const c = ::new (s.top() - room) context(s, made_at, run, argument);
    c->inside = ctx::make_fcontext(c, s.size - room, &context::begin);
    return c;
  }

  static void begin(ctx::transfer_t from) noexcept;

  const body code;
  void* const argument;
  ctx::fcontext_t inside = nullptr;   // where the fiber goes on
  ctx::fcontext_t outside = nullptr;  // where its host does
  bool ended = false;
  int locks = 0;  // that it holds while it is left
  eh_state exceptions;
  float_control rounding;
  sanitized_stack fiber_stack;
  sanitized_stack thread_stack;
};

// The end of every backtrace: nobody has called this function.
void fiber::context::begin(ctx::transfer_t from) noexcept {
#if defined(__x86_64__)
  asm volatile(".cfi_undefined rip");
#elif defined(__aarch64__)
  asm volatile(".cfi_undefined x30");
#endif
  auto& self = *static_cast<context*>(from.data);
  self.outside = from.fctx;
  self.fiber_stack.arrive_from(self.thread_stack);
  self.code(self.argument);
  self.ended = true;
  self.fiber_stack.leave_for(self.thread_stack, true);
  ctx::jump_fcontext(self.outside, nullptr);
  __builtin_unreachable();
}

fiber::fiber(frame& of, std::size_t stack_size, body run, void* argument,
             std::source_location made_at)
    : host(of), context_(context::make(stack_size, made_at, run, argument)) {}

fiber::~fiber() {
  const stack_memory s = context_->memory;
  context_->fiber_stack.end(s);
  context_->~context();
  give_stack(s);
}

bool fiber::run() noexcept {
  context& c = *context_;
  report_overflows_on_this_thread();
  wanted_ = nullptr;
  const running_fiber* const before = std::exchange(running, &c);
  c.exceptions.swap();
  c.rounding.swap();
  if constexpr (locks_are_counted) c.locks = exchange_held_locks(c.locks);
  c.thread_stack = sanitized_stack();
  c.thread_stack.leave_for(c.fiber_stack);
  c.inside = ctx::jump_fcontext(c.inside, &c).fctx;
  c.thread_stack.arrive_from(c.fiber_stack);
  if constexpr (locks_are_counted) c.locks = exchange_held_locks(c.locks);
  c.rounding.swap();
  c.exceptions.swap();
  running = before;
  return c.ended;
}

void fiber::require_no_lock() const noexcept {
  if (context_->locks <= 0) return;
  fail("a stackful task holds no lock while it is suspended",
       "unlock every std::mutex before await, join, scope and the like in the task that was made "
       "here: "
       "another thread may go on with it, and would unlock what it has not locked",
       context_->made_at.file_name(), static_cast<int>(context_->made_at.line()));
}

void fiber::wait(fiber_wait& w) noexcept {
  context& c = *context_;
  wanted_ = &w;
  c.fiber_stack.leave_for(c.thread_stack);
  c.outside = ctx::jump_fcontext(c.outside, nullptr).fctx;
  c.fiber_stack.arrive_from(c.thread_stack);
}

}  // namespace micropool::detail
