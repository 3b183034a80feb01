// SPDX-License-Identifier: MIT OR Apache-2.0
// scope_child and scope_awaitable: the children of a scope, and the scope that is awaited.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/work/room_for.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// A forked plain callable. Lives in recycled memory until it has run.
template <class F>
struct scope_child : job {
  explicit scope_child(F&& f) : job(&scope_child::run), callable(std::move(f)) {}
  explicit scope_child(const F& f) : job(&scope_child::run), callable(f) {}

  static void* operator new(std::size_t) { return allocate_for<scope_child>(); }
  static void operator delete(void* p) noexcept {
    deallocate_for(static_cast<scope_child*>(p));
  }

  static void run(job& j, participant& p) noexcept {
    std::unique_ptr<scope_child> self(static_cast<scope_child*>(&j));
    scope_data& s = *self->scope;
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

  scope_data* scope = nullptr;  // set by fork(), as are `number` and job::home
  std::uint64_t number = 0;
  F callable;
};

// Awaits a scope. F is called with a Ref and returns a task or another awaitable.
template <class F, class Ref>
class scope_awaiter {
  using body_task = as_task_t<std::invoke_result_t<F&, Ref>>;
  using result_type = typename body_task::value_type;

public:
  scope_awaiter(frame& parent, in_room<F>&& f) : scope_(parent), callable_(std::move(f)) {}

  bool await_ready() noexcept {
    frame& parent = *scope_.parent;
    participant& p = *parent.runner;
    forking_here here(p, &scope_);
    const participant::index base = p.jobs.bottom();
    if (make_body()) {
      auto& body = body_.release(passkey(), "micropool::scope()");
      body.deliver_to(&result_);
      body.up = &scope_.body_end;
      body.home = parent.home;
      if (p.is_deep()) [[unlikely]] {
        defer(body, p);
        return false;
      }
      if (!run_inline(body, p)) return false;
    }
    mine_ = scope_data::own_tokens;
    return scope_.ends_here(p, base, modes::of_root);
  }

  bool await_suspend(std::coroutine_handle<>) noexcept { return scope_.suspend_parent(mine_); }

  result_type await_resume() {
    result_.require();
    if (scope_.first_exception) std::rethrow_exception(scope_.first_exception);
    return result_.get();
  }

private:
  // Returns false if the callable has thrown instead of returning an awaitable. It may have forked
  // before that, so the scope is awaited all the same.
  bool make_body() noexcept {
    try {
      body_ = as_task(callable_.get()(Ref(passkey(), scope_)));
      body_.promise(passkey(), "micropool::scope(), by its body");
      return true;
    } catch (...) {
      result_.fail();
      return false;
    }
  }

  scope_data scope_;
  in_room<F> callable_;
  body_task body_;
  slot<result_type> result_;
  std::int64_t mine_ = 1;  // tokens that this awaiter holds: its own, and that of an ended body
};

template <class F, class Ref>
class [[nodiscard("a scope with an awaitable body does nothing until it is awaited")]]
scope_awaitable {
public:
  explicit scope_awaitable(F f) : callable_(std::move(f)) {}
  scope_awaitable(const scope_awaitable&) = default;
  scope_awaitable(scope_awaitable&& other) noexcept(std::is_nothrow_move_constructible_v<F>)
      : callable_(std::move(other.callable_)), spent_(std::exchange(other.spent_, true)) {}
  scope_awaitable& operator=(scope_awaitable&&) = delete;

  // Throws empty_handle if the scope was awaited before or moved from.
  auto awaiter_in(frame& parent) && {
    if (std::exchange(spent_, true)) [[unlikely]] throw_awaited_twice("scope()");
    return scope_awaiter<F, Ref>(parent, std::move(callable_));
  }

private:
  in_room<F> callable_;
  bool spent_ = false;
};

}  // namespace micropool::detail
