// SPDX-License-Identifier: MIT OR Apache-2.0
// join of plain callables: runs the first on this thread, lets others take the rest.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool::detail {

// A branch on the stack of the caller, who does not return before it has ended.
template <class F>
struct branch : job {
  using result_type = call_result_t<F&>;

  explicit branch(F& f) noexcept : job(&branch::run_stolen), callable(f) {}

  void run() noexcept {
    try {
      result.emplace_from(callable);
    } catch (...) {
      exception = std::current_exception();
    }
  }

  static void run_stolen(job& j, participant& p) noexcept {
    auto& self = static_cast<branch&>(j);
    self.run();
    // LAST TOUCH: once the latch is set the branch may be gone.
    if (void* waiter = self.ended.set()) wake_joiner(waiter, p);
  }

  F& callable;
  latch ended;
  std::exception_ptr exception;
  [[no_unique_address]] result_value<result_type> result;
};

// Runs a branch, pushed at `base` or above, here if it is still in the deque; else helps until it
// has ended. If it is gone, all older jobs are gone as well, since thieves take the oldest; what
// stands there instead was left by a coroutine that helping has run, and descends from a later
// branch of the same join.
template <class F>
MICROPOOL_ALWAYS_INLINE void take_back(const participation& here, const whereabouts& pushed,
                                       branch<F>& b, participant::index base) noexcept {
  // Of a fiber that has left its participant the branch is in other hands.
  if (!pushed.moved()) [[likely]] {
    job* newest = here.self().jobs.pop();
    if (newest == &b) [[likely]] return b.run();
    if (newest != nullptr) here.self().push(*newest);
  }
  if (!b.ended.is_set()) help_until(here, b.ended, base);
}

// A branch that a fiber leaves behind may be taken off its deque again.
MICROPOOL_ALWAYS_INLINE void set_home(const whereabouts& here, job& b) noexcept {
  if (fiber* f = here.in_fiber()) [[unlikely]] b.home = f->host.home;
}

template <class... Branches>
decltype(auto) results_of(Branches&... b) {
  (..., (b.exception ? std::rethrow_exception(b.exception) : void()));
  if constexpr (!(std::is_void_v<typename Branches::result_type> && ...)) {
    return std::tuple<or_monostate<typename Branches::result_type>...>(b.result.take()...);
  }
}

template <class First, class... Rest>
MICROPOOL_ALWAYS_INLINE decltype(auto) join_blocking(const participation& here, First& first,
                                                     Rest&... rest) {
  participant& p = here.self();
  branch<First> mine(first);
  std::tuple<branch<Rest>...> others(rest...);
  const participant::index base = p.jobs.bottom();
  const whereabouts pushed(p);
  return std::apply(
      [&](auto&... other) -> decltype(auto) {
        (set_home(pushed, other), ...);
        // The last is pushed first, so that they come back in order.
        [&]<std::size_t... I>(std::index_sequence<I...>) {
          (p.push(std::get<sizeof...(I) - 1 - I>(others)), ...);
        }(std::index_sequence_for<Rest...>{});
        mine.run();
        (take_back(here, pushed, other, base), ...);
        return results_of(mine, other...);
      },
      others);
}

// As many branches as a range has elements, which must be lvalues: they are called in place. In one
// recycled block.
template <class F>
class branch_array {
public:
  // Delegates, so that the destructor runs if the range throws.
  branch_array(std::ranges::input_range auto& callables, std::size_t n) : branch_array(n) {
    for (auto&& f : callables) std::construct_at(first_ + size_++, f);
  }
  ~branch_array() {
    std::destroy_n(first_, size_);
    if (first_ != nullptr) deallocate_for(first_, capacity_);
  }
  branch_array(const branch_array&) = delete;
  branch_array& operator=(const branch_array&) = delete;

  std::span<branch<F>> all() noexcept { return {first_, size_}; }

private:
  explicit branch_array(std::size_t n)
      : capacity_(n), first_(n == 0 ? nullptr : allocate_for<branch<F>>(n)) {}

  std::size_t capacity_;
  std::size_t size_ = 0;
  branch<F>* first_;
};

template <class F>
auto join_all_blocking(const participation& here, std::span<branch<F>> all) {
  participant& p = here.self();
  using value = typename branch<F>::result_type;
  const participant::index base = p.jobs.bottom();
  const whereabouts pushed(p);
  for (std::size_t i = all.size(); i-- > 1;) {
    set_home(pushed, all[i]);
    p.push(all[i]);
  }
  if (!all.empty()) all[0].run();
  for (std::size_t i = 1; i < all.size(); ++i) take_back(here, pushed, all[i], base);
  for (auto& b : all) {
    if (b.exception) std::rethrow_exception(b.exception);
  }
  if constexpr (!std::is_void_v<value>) {
    std::vector<std::remove_cvref_t<value>> values;
    values.reserve(all.size());
    for (auto& b : all) values.push_back(b.result.take());
    return values;
  }
}

}  // namespace micropool::detail
