// SPDX-License-Identifier: MIT OR Apache-2.0
// What a scope's children and an awaited scope are made of.
#pragma once

#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/detail/task/as_task.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// A forked plain callable: lives in recycled memory until it has run.
template <class F>
struct scope_child : job {
  scope_child(scope_data& s, F&& f)
      : job(&scope_child::run), scope(s), callable(std::move(f)) {}
  scope_child(scope_data& s, const F& f) : job(&scope_child::run), scope(s), callable(f) {}

  static void* operator new(std::size_t) { return allocate_for<scope_child>(); }
  static void operator delete(void* p) noexcept {
    deallocate_for(static_cast<scope_child*>(p));
  }

  static void run(job& j, participant& p) noexcept {
    std::unique_ptr<scope_child> self(static_cast<scope_child*>(&j));
    scope_data& s = self->scope;
    {
      forking_here here(p, &s);
      try {
        static_cast<void>(self->callable());
      } catch (...) {
        s.fail(self->number, std::current_exception());
      }
      self.reset();
    }
    // LAST TOUCH: the scope may be gone.
    s.arrive(p);
  }

  scope_data& scope;
  std::uint64_t number = 0;
  F callable;
};

// F takes a Ref and returns a task or another awaitable.
template <class F, class Ref>
class scope_awaiter {
  using body_task = as_task_t<std::invoke_result_t<F&, Ref>>;
  using result_type = typename body_task::value_type;

public:
  scope_awaiter(frame& parent, F&& f) : scope_(parent), callable_(std::move(f)) {}

  bool await_ready() noexcept {
    frame& parent = *scope_.parent;
    participant& p = *parent.runner;
    forking_here here(p, &scope_);
    const participant::index base = p.jobs.bottom();
    if (make_body()) {
      auto& body = body_.release();
      body.out = &result_;
      body.up = &scope_.body_end;
      body.home = parent.home;
      if (p.is_deep()) [[unlikely]] {
        defer(body, p);
        return false;
      }
      if (!run_inline(body, p)) return false;
    }
    mine_ = 2;
    // Children that nobody has taken run here and now, nested; what suspends stays suspended.
    if (p.jobs.bottom() != base) run_own_jobs(p, base, p.gives_way);
    return scope_.tokens.only_mine(mine_);
  }

  bool await_suspend(std::coroutine_handle<>) noexcept {
    suspension s(*scope_.parent);
    // LAST TOUCH: after a false return the parent may run elsewhere, or have ended.
    if (!scope_.tokens.give_back(mine_)) return true;
    s.undo();
    return false;
  }

  result_type await_resume() {
    if (result_.exception) std::rethrow_exception(result_.exception);
    if (scope_.first_exception) std::rethrow_exception(scope_.first_exception);
    return result_.get();
  }

private:
  // A callable that throws instead of returning an awaitable may have forked before.
  bool make_body() noexcept {
    try {
      body_ = as_task(callable_(Ref(scope_)));
      body_.promise();
      return true;
    } catch (...) {
      result_.exception = std::current_exception();
      return false;
    }
  }

  scope_data scope_;
  F callable_;
  body_task body_;
  slot<result_type> result_;
  std::int64_t mine_ = 1;  // tokens that this awaiter holds: its own and that of an ended body
};

template <class F, class Ref>
class [[nodiscard("a scope with an awaitable body does nothing until it is awaited")]]
scope_awaitable {
public:
  explicit scope_awaitable(F f) : callable_(std::move(f)) {}
  auto awaiter_in(frame& parent) && {
    return scope_awaiter<F, Ref>(parent, std::move(callable_));
  }

private:
  F callable_;
};

}  // namespace micropool::detail
