// SPDX-License-Identifier: MIT OR Apache-2.0
// The parker: an unpark before, during or after the owner falls asleep is not lost, and what came
// before it is visible after the park.
#include "orders.hpp"

#include "sync/park.hpp"

#include <array>
#include <atomic>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

struct shared {
  detail::parker token;
  std::array<std::atomic<int>, 2> posted{};
  std::array<int, 2> plain{};

  void post(std::size_t i) {
    plain[i] = 1;
    posted[i].store(1, std::memory_order_relaxed);
    token.unpark();
  }
  // The waiter looks at a plain value, which only the token publishes.
  bool has_come(std::size_t i) { return posted[i].load(std::memory_order_relaxed) == 1; }
};

}  // namespace

TEST_CASE("parker: one unpark ends one park, and publishes what came before") {
  simulate(every_order(), [] {
    const auto s = std::make_unique<shared>();
    simulation::threads([&] { s->token.park(), simulation::check(s->plain[0] == 1, "published"); },
                        [&] { s->post(0); });
  });
}

TEST_CASE("parker: an owner that parks until both of two wakers have come is not left asleep") {
  simulate(every_order(), [] {
    const auto s = std::make_unique<shared>();
    simulation::threads(
        [&] {
          while (!s->has_come(0) || !s->has_come(1)) s->token.park();
        },
        [&] { s->post(0); }, [&] { s->post(1); });
  });
}

TEST_CASE("parker: the owner parks again after each wake-up") {
  simulate(every_order(), [] {
    const auto s = std::make_unique<shared>();
    const auto first_done = std::make_unique<detail::parker>();
    simulation::threads(
        [&] {
          s->token.park();
          simulation::check(s->plain[0] == 1, "the first");
          first_done->unpark();
          s->token.park();
          simulation::check(s->plain[1] == 1, "the second");
        },
        [&] {
          s->post(0);
          first_done->park();
          s->post(1);
        });
  });
}

TEST_CASE("parker: wake-ups by chance, spurious ones included") {
  simulate({.executions = 20'000}, [] {
    const auto s = std::make_unique<shared>();
    simulation::threads(
        [&] {
          while (!s->has_come(0) || !s->has_come(1)) s->token.park();
        },
        [&] { s->post(0); }, [&] { s->post(1); });
  });
}
