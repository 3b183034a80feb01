// SPDX-License-Identifier: MIT OR Apache-2.0
// The blocking join of plain callables: the caller runs the first branch and publishes the others.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// A branch on the stack of the caller, which does not return before the branch has ended.
template <class F>
struct branch : job {
  using result_type = call_result_t<F&>;

  explicit branch(F& f) noexcept : job(&branch::run_detached), callable(f) {}

  void run() noexcept { result.run(callable); }

  static void run_detached(job& j, participant& p) noexcept {
    auto& self = static_cast<branch&>(j);
    self.run();
    // LAST TOUCH: once the latch is set the branch may be gone.
    if (void* waiter = self.ended.set()) wake_joiner(waiter, p);
  }

  F& callable;
  latch ended;
  slot<result_type, result_of::callable> result;
};

// Runs a branch that was pushed at `base` or above, if it is still in the deque; otherwise helps
// until it has ended. Thieves take the oldest job, so if the branch is gone, all older jobs are
// gone as well. A job found in its place was left by a coroutine that helping has run, and descends
// from a later branch of the same join.
template <class F>
MICROPOOL_ALWAYS_INLINE void take_back(const participation& here, const migration_check& pushed,
                                       branch<F>& b, participant::index base) noexcept {
  // A fiber that has migrated has left the branch to its old participant (J5).
  if (!pushed.migrated()) [[likely]] {
    job* newest = here.self().jobs.pop();
    if (newest == &b) [[likely]] return b.run();
    if (newest != nullptr) here.self().push(*newest);
  }
  if (!b.ended.is_set()) help_until(here, b.ended, base);
}

// A branch needs a home inbox only in a fiber: if the fiber migrates, the old participant may
// repost the branch there. Elsewhere only the debug checks use the home.
MICROPOOL_ALWAYS_INLINE void set_home(const migration_check& here, job& b) noexcept {
  if (fiber* f = here.in_fiber()) [[unlikely]] {
    b.home = f->host.home;
  } else if constexpr (MICROPOOL_DEBUG_CHECKS) {
    b.home = home_of_code();
  }
}

template <class First, class... Rest>
MICROPOOL_ALWAYS_INLINE decltype(auto) join_blocking(const participation& here, First& first,
                                                     Rest&... rest) {
  participant& p = here.self();
  p.reserve(sizeof...(Rest));
  branch<First> mine(first);
  std::tuple<branch<Rest>...> others(rest...);
  const participant::index base = p.jobs.bottom();
  const migration_check pushed(p);
  return std::apply(
      [&](auto&... other) -> decltype(auto) {
        (set_home(pushed, other), ...);
        // The last branch is pushed first, so that they are popped in order.
        [&]<std::size_t... I>(std::index_sequence<I...>) {
          (p.push(std::get<sizeof...(I) - 1 - I>(others)), ...);
        }(std::index_sequence_for<Rest...>{});
        mine.run();
        (take_back(here, pushed, other, base), ...);
        return results_of(mine.result, other.result...);
      },
      others);
}

// One branch for each element of a range, in one recycled block. The elements are called in place,
// so they must be lvalues.
template <class F>
class branch_array {
public:
  // A delegating constructor, so that the destructor runs if iterating throws.
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
  p.reserve(all.size());
  const participant::index base = p.jobs.bottom();
  const migration_check pushed(p);
  for (std::size_t i = all.size(); i-- > 1;) {
    set_home(pushed, all[i]);
    p.push(all[i]);
  }
  if (!all.empty()) all[0].run();
  for (std::size_t i = 1; i < all.size(); ++i) take_back(here, pushed, all[i], base);
  return results_of_all<value>(all, &branch<F>::result);
}

}  // namespace micropool::detail
