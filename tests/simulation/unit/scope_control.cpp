// SPDX-License-Identifier: MIT OR Apache-2.0
// scope_control: tokens, the request to stop and the generation in one word (K1).
#include "orders.hpp"

#include <micropool/detail/sched/scope_control.hpp>
#include <micropool/detail/sched/scope_data.hpp>

#include <cstddef>
#include <memory>

using namespace micropool_test;
using micropool::detail::scope_control;
using micropool::detail::scope_data;
using simulation::check;
using simulation::threads;

namespace {

// A control that is open, of a scope of which it only knows the address.
struct open_control {
  explicit open_control(std::uint32_t tokens) { open(tokens); }
  void open(std::uint32_t tokens) {
    generation = control.open(reinterpret_cast<scope_data&>(scope), tokens);
  }
  // One of the parts.
  void arrive(std::int64_t tokens = 1) {
    if (control.arrive(tokens)) lasts.fetch_add(1, std::memory_order_relaxed);
  }

  scope_control control;
  alignas(scope_data) std::byte scope[sizeof(scope_data)];
  std::uint32_t generation = 0;
  std::atomic<int> lasts{0};
};

}  // namespace

TEST_CASE("scope control: the part that returns the last token knows it, as parts add some") {
  simulate(every_order(), [] {
    const auto c = std::make_unique<open_control>(3);
    threads(
        [&] {
          c->control.add(2);
          c->arrive();
          c->arrive(2);
        },
        [&] {
          c->control.add();
          c->arrive(2);
        },
        [&] { c->arrive(); });
    check(c->lasts.load(std::memory_order_relaxed) == 1, "one part is the last");
  });
}

TEST_CASE("scope control: a request to stop loses no token, and is not lost") {
  simulate(every_order(), [] {
    const auto c = std::make_unique<open_control>(3);
    threads([&] { c->control.request_stop(c->generation); }, [&] { c->arrive(); },
            [&] { c->control.add(), c->arrive(); });
    check(c->control.stop_requested(c->generation), "a stop was requested");
    c->arrive(2);
    check(c->lasts.load(std::memory_order_relaxed) == 1, "one part is the last");
  });
}

TEST_CASE("scope control: a parent that finds itself alone sees what the other part wrote") {
  simulate(every_order(), [] {
    const auto c = std::make_unique<open_control>(2);
    int written = 0;
    bool last = false;
    threads(
        [&] {
          written = 1;
          c->arrive();
        },
        [&] {
          last = c->control.end_if_only_mine(1);
          if (last) check(written == 1, "what the other part wrote");
        });
    if (!last) c->arrive();
    check(c->lasts.load(std::memory_order_relaxed) == (last ? 0 : 1), "one part is the last");
  });
}

TEST_CASE("scope control: each use has a generation of its own, however the last one has ended") {
  simulate({.executions = 1}, [] {
    const auto c = std::make_unique<open_control>(1);
    const std::uint32_t first = c->generation;
    c->arrive();
    c->control.close(first);
    c->open(1);
    const std::uint32_t second = c->generation;
    check(c->control.end_if_only_mine(1), "no other part is left");
    c->control.close(second);
    c->open(1);
    check(first != second && second != c->generation && c->generation != first, "generations");
    check(!c->control.stop_requested(c->generation), "nothing has requested a stop");
  });
}
