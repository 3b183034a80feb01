// SPDX-License-Identifier: MIT OR Apache-2.0
// A scope whose body is plain code: on the thread's stack, on a deeper one, or in a fiber.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/migration.hpp>
#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/detail/task/blocking_context.hpp>
#include <micropool/detail/task/concepts.hpp>
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

// A scope that a thread has opened, and waits for by helping.
class scope_of_thread {
public:
  explicit scope_of_thread(const participation& here)
      : here_(here), call_(here.self()), scope(call_, here.self()), base_(here.self().jobs.bottom()) {}

  void wait() noexcept {
    run_own_jobs(here_.self(), base_, here_.modes_of_code());
    if (!scope.control.arrive()) help_until_done(here_, call_, base_);
  }

private:
  const participation& here_;
  blocked_call call_;

public:
  scope_data scope;

private:
  const participant::index base_;
};

// A scope that a fiber has opened, and waits for as the coroutine that is its host: an awaiter like
// scope_awaiter, except that the body has already run.
class scope_of_fiber {
public:
  explicit scope_of_fiber(const participation& here)
      : fiber_(*here.self().in_fiber),
        place_(fiber_.host),
        scope(fiber_.host),
        base_(here.self().jobs.bottom()),
        opened_(here.self()) {}

  void wait() {
    if (scope.control.end_if_only_mine(scope_data::own_tokens)) return;
    blocking_context(fiber_).wait(*this);
  }

  bool await_ready() noexcept {
    // Runs the children that were not stolen, unless the fiber has migrated: then they were left to
    // the bottom loop of the old participant (J5).
    participant& p = *scope.parent->runner;
    return scope.ends_here(p, opened_.migrated() ? p.jobs.bottom() : base_, modes::unknown);
  }
  bool await_suspend(std::coroutine_handle<>) noexcept { return scope.suspend_parent(); }

private:
  fiber& fiber_;
  const migration_hold place_;

public:
  scope_data scope;

private:
  const participant::index base_;
  const migration_check opened_;
};

template <class Ref, class Opened, class F>
call_result_t<F&, Ref> scope_on_this_stack(const participation& here, F& body) {
  Opened opened(here);
  slot<call_result_t<F&, Ref>, result_of::callable> result;
  call_scope_body<Ref>(here.self(), opened.scope, body, result);
  opened.wait();
  if (!result.failed() && opened.scope.first_exception) result.fail(opened.scope.first_exception);
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
      result.run([&]() -> decltype(auto) {
        return scope_on_this_stack<Ref, scope_of_thread>(here, body);
      });
    }
  };
  call c{here, body};
  call_with_enough_stack(here.self(), &call::run, &c);
  return c.result.get();
}

template <class Ref, class F>
call_result_t<F&, Ref> scope_blocking(const participation& here, F& body) {
  const participant& p = here.self();
  if (p.in_fiber != nullptr) [[unlikely]] {
    return scope_on_this_stack<Ref, scope_of_fiber>(here, body);
  }
  if (p.is_deep()) [[unlikely]] return scope_on_enough_stack<Ref>(here, body);
  return scope_on_this_stack<Ref, scope_of_thread>(here, body);
}

}  // namespace micropool::detail
