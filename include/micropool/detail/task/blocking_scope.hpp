// SPDX-License-Identifier: MIT OR Apache-2.0
// A scope whose body is plain code: on the thread's stack, on a deeper one, or in a fiber.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/migration.hpp>
#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/result.hpp>

#include <concepts>
#include <coroutine>
#include <type_traits>

namespace micropool {
class scope_ref;
}

namespace micropool::detail {

template <class F>
concept async_scope_body =
    std::invocable<F&, scope_ref> && awaitable<std::invoke_result_t<F&, scope_ref>>;
// Variables rather than concepts: a compiler lists every part of a concept that fails.
template <class F>
inline constexpr bool is_plain_scope_body =
    std::invocable<F&, scope_ref> && !async_scope_body<F>;
template <class F>
inline constexpr bool is_async_scope_body = async_scope_body<F>;

// Ref is scope_ref, a parameter because that is incomplete here.
// Not inlined: g++ 12 would warn that the result may be used although the body has thrown.
template <class Ref, class F, class Result>
MICROPOOL_NOINLINE void call_scope_body(participant& p, scope_data& scope, F& body,
                                        Result& result) noexcept {
  const forking_here children(p, &scope);
  result.run([&]() -> decltype(auto) { return body(Ref(passkey(), scope)); });
}

// Awaits the end of a scope that a fiber has opened. As scope_awaiter, except that the body has
// already run.
class scope_end_awaiter {
public:
  scope_end_awaiter(scope_data& s, const migration_check& opened, participant::index base) noexcept
      : scope_(s), opened_(opened), base_(base) {}

  bool await_ready() noexcept {
    // Runs the children that were not stolen, unless the fiber has migrated: then they were left to
    // the bottom loop of the old participant (J5).
    participant& p = *scope_.parent->runner;
    return scope_.ends_here(p, opened_.migrated() ? p.jobs.bottom() : base_, modes::unknown);
  }
  bool await_suspend(std::coroutine_handle<>) noexcept { return scope_.suspend_parent(); }

private:
  scope_data& scope_;
  const migration_check& opened_;
  const participant::index base_;
};

template <class Ref, class F>
MICROPOOL_NOINLINE call_result_t<F&, Ref> scope_in_fiber(participant& p, F& body) {
  fiber& f = *p.in_fiber;
  const migration_hold place(f.host);
  scope_data scope(f.host);
  const participant::index base = p.jobs.bottom();
  const migration_check opened(p);
  slot<call_result_t<F&, Ref>, result_of::callable> result;
  call_scope_body<Ref>(p, scope, body, result);
  scope_end_awaiter end(scope, opened, base);
  if (!scope.control.end_if_only_mine(scope_data::own_tokens)) wait_in_fiber(f, end);
  if (!result.failed() && scope.first_exception) result.fail(scope.first_exception);
  return result.get();
}

template <class Ref, class F>
call_result_t<F&, Ref> scope_on_this_stack(const participation& here, F& body) {
  participant& p = here.self();
  blocked_call call(p);
  scope_data scope(call, p);
  const participant::index base = p.jobs.bottom();
  slot<call_result_t<F&, Ref>, result_of::callable> result;
  call_scope_body<Ref>(p, scope, body, result);
  run_own_jobs(p, base, here.modes_of_code());
  if (!scope.control.arrive()) help_until_done(here, call, base);
  if (!result.failed() && scope.first_exception) result.fail(scope.first_exception);
  return result.get();
}

// Bodies may open scopes to any depth, so a deep one runs on a stack of its own.
template <class Ref, class F>
MICROPOOL_NOINLINE call_result_t<F&, Ref> scope_on_enough_stack(const participation& here,
                                                                F& body) {
  struct call {
    const participation& here;
    F& body;
    slot<call_result_t<F&, Ref>, result_of::callable> result{};

    static void run(void* self) noexcept {
      auto& [here, body, result] = *static_cast<call*>(self);
      result.run([&]() -> decltype(auto) { return scope_on_this_stack<Ref>(here, body); });
    }
  };
  call c{here, body};
  call_with_enough_stack(here.self(), &call::run, &c);
  return c.result.get();
}

template <class Ref, class F>
call_result_t<F&, Ref> scope_blocking(const participation& here, F& body) {
  participant& p = here.self();
  if (p.in_fiber != nullptr) [[unlikely]] return scope_in_fiber<Ref>(p, body);
  if (p.is_deep()) [[unlikely]] return scope_on_enough_stack<Ref>(here, body);
  return scope_on_this_stack<Ref>(here, body);
}

}  // namespace micropool::detail
