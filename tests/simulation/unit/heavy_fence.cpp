// SPDX-License-Identifier: MIT OR Apache-2.0
// The asymmetric fence: with membarrier a pusher pays for no fence; without, it must have its own.
#include "orders.hpp"

#include <micropool/detail/sync/deque.hpp>

#include "sync/park.hpp"

#include <atomic>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

struct shared {
  detail::deque<int> jobs{2};
  std::atomic<bool> hint{false};
  std::atomic<std::uint32_t> sleepers{0};
  int element = 7;
};

// As participant::push(): returns true if the pusher sees that a thread may sleep.
bool push_and_look(shared& s) {
  s.jobs.push(&s.element);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return s.hint.load(std::memory_order_relaxed);
}
// As raise_hints() and the last look in sleep.cpp: returns true if the sleeper sees an element.
bool raise_and_look(shared& s) {
  s.hint.store(true, std::memory_order_release);
  detail::heavy_fence();
  return s.jobs.peek_oldest().element != nullptr;
}

}  // namespace

TEST_CASE("heavy fence: a pusher sees the hint, or the sleeper the push (S3)") {
  simulate(every_order(), [] {
    const auto s = std::make_unique<shared>();
    simulation::check(detail::heavy_fence_works(), "membarrier is there");
    bool pusher_sees = false;
    bool sleeper_sees = false;
    simulation::threads([&] { pusher_sees = push_and_look(*s); },
                        [&] { sleeper_sees = raise_and_look(*s); });
    simulation::check(pusher_sees || sleeper_sees, "one sees the other");
  });
}

TEST_CASE("heavy fence: two sleepers and a pusher") {
  simulate(preempted(2), [] {
    const auto s = std::make_unique<shared>();
    bool pusher_sees = false;
    bool sees[2] = {};
    simulation::threads([&] { pusher_sees = push_and_look(*s); },
                        [&] { sees[0] = raise_and_look(*s); },
                        [&] { sees[1] = raise_and_look(*s); });
    simulation::check(pusher_sees || (sees[0] && sees[1]), "each sleeper sees it, or is seen");
  });
}

TEST_CASE("heavy fence: it also makes what a pusher wrote before visible") {
  simulate(every_order(), [] {
    const auto s = std::make_unique<shared>();
    simulation::threads(
        [&] {
          s->element = 8;
          push_and_look(*s);
        },
        [&] {
          s->hint.store(true, std::memory_order_release);
          detail::heavy_fence();
          const auto seen = s->jobs.peek_oldest();
          if (seen.element != nullptr) simulation::check(*seen.element == 8, "published");
        });
  });
}

TEST_CASE("heavy fence: without membarrier it does not work, and says so") {
  auto without = every_order();
  without.has_membarrier = false;
  simulate(without, [] {
    const auto body = [] { simulation::check(!detail::heavy_fence_works(), "no membarrier"); };
    simulation::threads(body, body);
  });
}

TEST_CASE("heavy fence: without membarrier a pusher that republishes sees the sleeper (S4)") {
  auto without = every_order();
  without.has_membarrier = false;
  simulate(without, [] {
    const auto s = std::make_unique<shared>();
    bool pusher_sees = false;
    bool sleeper_sees = false;
    simulation::threads(
        [&] {
          s->jobs.push(&s->element);
          s->jobs.republish();
          pusher_sees = s->sleepers.load(std::memory_order_seq_cst) > 0;
        },
        [&] {
          s->sleepers.fetch_add(1, std::memory_order_seq_cst);
          sleeper_sees = raise_and_look(*s);
        });
    simulation::check(pusher_sees || sleeper_sees, "one sees the other");
  });
}

TEST_CASE("heavy fence: without membarrier a relaxed look misses the sleeper") {
  // What heavy_fence_works() is there for.
  auto without = every_order();
  without.has_membarrier = false;
  const auto r = simulation::explore(without, [] {
    const auto s = std::make_unique<shared>();
    bool pusher_sees = false;
    bool sleeper_sees = false;
    simulation::threads([&] { pusher_sees = push_and_look(*s); },
                        [&] { sleeper_sees = raise_and_look(*s); });
    simulation::check(pusher_sees || sleeper_sees, "one sees the other");
  });
  CHECK_THAT(r.failure, contains("one sees the other"));
}
