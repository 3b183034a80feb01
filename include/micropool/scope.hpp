// SPDX-License-Identifier: MIT OR Apache-2.0
// scope: children whose number is known only at run time.
#pragma once

#include <micropool/detail/sched/lodging.hpp>
#include <micropool/detail/sched/suspension.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/scope_children.hpp>

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace micropool {

// Through which the body and the children of a scope fork. A cheap copyable reference.
//
// Threads: any, as long as the body or a child of the scope runs.
// Lifetime: of the scope; using it after the scope has ended is undefined, and caught where debug
// checks are on.
class scope_ref {
public:
  explicit scope_ref(detail::scope_data& s) noexcept : data_(&s) {}

  // Adds a child: a task, a plain callable, or a callable that makes a task (called by the thread
  // that runs the child). The child is moved or copied into the scope and never runs inside fork,
  // so a lock held around fork is safe. What it returns is dropped.
  // Errors: what it throws leaves the scope when all children have ended, and requests stop.
  // Cost: two atomic additions, a push, and for a callable one recycled allocation.
  template <class Child>
    requires detail::async_branch<Child> || detail::plain_callable<std::decay_t<Child>&>
  void fork(Child&& child) const {
    using value = std::decay_t<Child>;
    if constexpr (detail::async_branch<Child>) {
      auto& f = detail::as_task(std::forward<Child>(child)).release();
      f.out = nullptr;
      f.up = data_;
      f.home = data_->home;
      f.number = data_->reserve();
      data_->fork(f);
    } else {
      auto made = std::make_unique<detail::scope_child<value>>(*data_, std::forward<Child>(child));
      made->home = data_->home;
      made->number = data_->reserve();
      data_->fork(*made.release());
    }
  }

  // Asks the children to end early. They are not cut off: they look at stop_requested().
  void request_stop() const noexcept { data_->request_stop(); }
  bool stop_requested() const noexcept { return data_->stop_requested(); }
  // For callbacks and waits; the first call in a scope allocates.
  std::stop_token stop_token() const { return data_->stop_token(); }

private:
  detail::scope_data* data_;
};

namespace detail {

// Not inlined: g++ 12 would warn that the result may be used although the body threw.
template <class F, class Result>
MICROPOOL_NOINLINE void call_scope_body(participant& p, scope_data& scope, F& body,
                                        Result& result) noexcept {
  const forking_here children(p, &scope);
  try {
    result.emplace_from([&]() -> decltype(auto) { return body(scope_ref(scope)); });
  } catch (...) {
    result.exception = std::current_exception();
  }
}

// The end of a scope that a fiber has opened: as scope_awaiter's, but for the body, which has run.
class scope_end_awaiter {
public:
  static constexpr std::int64_t mine = 2;  // tokens: for the body, and for who awaits the scope

  scope_end_awaiter(scope_data& s, const whereabouts& opened, participant::index base) noexcept
      : scope_(s), opened_(opened), base_(base) {}

  bool await_ready() noexcept {
    // Children that nobody has taken, unless they have been left behind.
    participant& p = *scope_.parent->runner;
    if (!opened_.moved() && p.jobs.bottom() != base_) run_own_jobs(p, base_, p.gives_way);
    return scope_.tokens.only_mine(mine);
  }
  bool await_suspend(std::coroutine_handle<>) noexcept {
    suspension s(*scope_.parent);
    // LAST TOUCH: after a false return the parent may run elsewhere, or have ended.
    if (!scope_.tokens.give_back(mine)) return true;
    s.undo();
    return false;
  }

private:
  scope_data& scope_;
  const whereabouts& opened_;
  const participant::index base_;
};

template <class F>
MICROPOOL_NOINLINE call_result_t<F&, scope_ref> scope_in_fiber(participant& p, F& body) {
  fiber& f = *p.in_fiber;
  const kept_place place(f.host);
  scope_data scope(f.host);
  const participant::index base = p.jobs.bottom();
  const whereabouts opened(p);
  slot<call_result_t<F&, scope_ref>> result;
  call_scope_body(p, scope, body, result);
  scope_end_awaiter end(scope, opened, base);
  if (!scope.tokens.only_mine(end.mine)) wait_in_fiber(f, end);
  if (!result.exception) result.exception = scope.first_exception;
  return result.get();
}

template <class F>
call_result_t<F&, scope_ref> scope_blocking(const participation& here, F& body) {
  participant& p = here.self();
  if (p.in_fiber != nullptr) [[unlikely]] return scope_in_fiber(p, body);
  blocked_call call(*p.pool, current_root(p));
  scope_data scope(call);
  const participant::index base = p.jobs.bottom();
  slot<call_result_t<F&, scope_ref>> result;
  call_scope_body(p, scope, body, result);
  run_own_jobs(p, base);
  if (!scope.tokens.give_back()) help_until_done(here, call, base);
  if (!result.exception) result.exception = scope.first_exception;
  return result.get();
}

template <class F>
concept async_scope_body =
    std::invocable<F&, scope_ref> && awaitable<std::invoke_result_t<F&, scope_ref>>;

}  // namespace detail

// Calls the body with a scope_ref and returns its result when every child has ended, also when the
// body throws. With a plain body the call blocks and takes part; with a body that returns an
// awaitable the result is an awaitable.
//
// Threads: any.
// Lifetime: an awaited scope owns its body, so captures of a coroutine lambda given to it stay
// alive until the scope has ended.
// Errors: the body's exception wins, then that of the lowest fork number. pool_stopped.
// Cost: a few stores; see scope_ref::fork for the children.
template <class F>
  requires std::invocable<F&, scope_ref> && (!detail::async_scope_body<F>)
decltype(auto) scope(F&& body) {
  detail::participation here;
  return detail::scope_blocking(here, body);
}

template <class F>
  requires detail::async_scope_body<std::decay_t<F>>
auto scope(F&& body) {
  return detail::scope_awaitable<std::decay_t<F>, scope_ref>(std::forward<F>(body));
}

}  // namespace micropool
