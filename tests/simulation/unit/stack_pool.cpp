// SPDX-License-Identifier: MIT OR Apache-2.0
// The stack pool: no stack has two holders at the same time, none is used after it was unmapped,
// and each mapped one is held, kept or in the store.
#include "orders.hpp"

#include "work/stack_pool.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

constexpr std::size_t small_size = 4096;
constexpr std::size_t large_size = 8192;

// The holder writes where the pool describes an unused stack: two holders at a time are a data
// race.
void use(const detail::stack_memory& s) { *(s.top() - 1) = std::byte{1}; }

detail::stack_memory take(std::size_t size) {
  const detail::stack_memory s = detail::take_stack(size);
  simulation::check(s.size == size, "a stack of that size");
  use(s);
  return s;
}
void give(const detail::stack_memory& s) {
  use(s);
  detail::give_stack(s);
}

void set_limits(std::size_t per_thread, std::size_t shared) {
  detail::set_stack_cache_limits({.per_thread = per_thread, .shared = shared});
}

// When no other thread runs, and none holds a stack.
void check_all_kept(std::size_t at_most) {
  const detail::stack_cache_use u = detail::stack_cache_held();
  simulation::check(u.this_thread + u.shared == u.mapped, "what is mapped is kept somewhere");
  simulation::check(u.shared <= at_most, "the store's limit");
}

}  // namespace

TEST_CASE("stack pool: two threads that share the store hold different stacks") {
  simulate(preempted_with_locks(1), [] {
    set_limits(0, 4);
    give(take(small_size));
    const auto body = [] {
      set_limits(0, 4);
      const auto s = take(small_size);
      give(s);
    };
    simulation::threads(body, body);
    check_all_kept(4);
  });
}

TEST_CASE("stack pool: a stack that another thread gives back, and the end of that thread") {
  simulate(preempted_with_locks(1), [] {
    set_limits(1, 2);
    const auto s = take(small_size);
    simulation::threads(
        [&] {
          set_limits(1, 2);
          give(s);
        },
        [] {
          set_limits(1, 2);
          const auto mine = take(small_size);
          give(mine);
        });
    check_all_kept(2);
  });
}

TEST_CASE("stack pool: the store keeps to its limit, whatever the sizes") {
  simulate(preempted_with_locks(1), [] {
    set_limits(0, 1);
    const auto body = [](std::size_t size) {
      set_limits(0, 1);
      const auto s = take(size);
      give(s);
    };
    simulation::threads([&] { body(small_size); }, [&] { body(large_size); });
    check_all_kept(1);
  });
}

TEST_CASE("stack pool: a used stack goes to the store, where a smaller limit unmaps it") {
  simulate(preempted_with_locks(1), [] {
    simulation::threads(
        [] {
          const auto s = take(small_size);
          use(s);
          detail::give_used_stack(s);
        },
        [] { set_limits(1, 0); });
    set_limits(0, 0);
    const detail::stack_cache_use u = detail::stack_cache_held();
    simulation::check(u.mapped == 0, "nothing is mapped");
    give(take(small_size));  // not one of those
  });
}

TEST_CASE("stack pool: three threads at random") {
  simulate({.executions = 1'000}, [] {
    const auto body = [](std::size_t first, std::size_t second) {
      set_limits(1, 2);
      const auto a = take(first);
      const auto b = take(second);
      give(a);
      give(b);
      give(take(first));
    };
    simulation::threads([&] { body(small_size, small_size); },
                        [&] { body(small_size, large_size); },
                        [&] { body(large_size, small_size); });
    check_all_kept(2);
  });
}
