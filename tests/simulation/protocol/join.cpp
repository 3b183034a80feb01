// SPDX-License-Identifier: MIT OR Apache-2.0
// How coroutines and blocked threads run branches and continue when all have ended (J1 to J6 of
// docs/architecture.md): each branch runs once, its result arrives, and the parent continues once,
// on its own pool.
#include "../pools.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>

using namespace micropool_test;
using simulation::check;

namespace {

struct counted {
  std::atomic<int> begun{0};
  std::array<signal, 4> events;

  int leaf(int value) {
    begun.fetch_add(1, std::memory_order_relaxed);
    return value;
  }
  mp::task<int> ready(int value) { co_return leaf(value); }
  // Suspends unless its event has come already.
  mp::task<int> waits(std::size_t event, int value) {
    co_await events[event];
    co_return leaf(value);
  }
  void check_begun(int n) { check(begun.load() == n, "each leaf ran once"); }
};

// Makes a call while it suspends: the call's bottom must not find the flag of the suspension.
struct calls_while_suspending {
  counted& c;
  signal& resumes;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) const {
    const auto both = [this]() -> mp::task<int> {
      co_return std::get<0>(co_await mp::join(c.ready(1), c.ready(2)));
    };
    check(mp::sync_wait(both()) == 1, "the call");
    return resumes.await_suspend(h);
  }
  void await_resume() const noexcept {}
};

int sum(const std::tuple<int, int>& t) { return std::get<0>(t) + std::get<1>(t); }

}  // namespace

TEST_CASE("join: the branches of a blocking join are run or stolen") {
  simulate_both(1'000, 900, [] {
    counted c;
    mp::thread_pool pool(workers(1));
    const auto nested = [&] {
      return sum(mp::join([&] { return c.leaf(1); }, [&] { return c.leaf(2); }));
    };
    check(pool.install([&] { return sum(mp::join(nested, nested)); }) == 6, "the sum");
    c.check_begun(4);
  });
}

// The branch that was pushed first may be stolen, the other one be taken back.
TEST_CASE("join: a blocking join of three, of which some are stolen by two workers") {
  simulate_both(1'000, 1'400, [] {
    counted c;
    mp::thread_pool pool(workers(2));
    const auto [x, y, z] =
        pool.join([&] { return c.leaf(1); }, [&] { return c.leaf(2); }, [&] { return c.leaf(4); });
    check(x + y + z == 7, "the sum");
    c.check_begun(3);
  });
}

TEST_CASE("join: awaited branches that end inline, suspend or are stolen") {
  simulate_both(1'000, 1'300, [] {
    counted c;
    mp::thread_pool pool(workers(1));
    const auto p = [&]() -> mp::task<int> {
      const int ab = sum(co_await mp::join(c.waits(0, 1), c.waits(1, 2)));
      const int last = co_await c.waits(2, 4);
      co_return ab + last;
    };
    std::thread outside([&] { c.events[1].fire(), c.events[0].fire(), c.events[2].fire(); });
    const auto g = [&]() -> mp::task<int> { co_return sum(co_await mp::join(p(), c.ready(8))); };
    check(pool.sync_wait(g()) == 15, "the sum");
    outside.join();
    c.check_begun(4);
  });
}

// What ends without having suspended must not leave the mark of an earlier suspension, nor undo it.
TEST_CASE("join: a coroutine that was resumed elsewhere awaits two joins") {
  simulate_both(1'000, 1'300, [] {
    counted c;
    mp::thread_pool pool(workers(2));
    const auto p = [&]() -> mp::task<int> {
      co_await c.events[0];
      const int first = sum(co_await mp::join(c.ready(1), c.ready(2)));
      const int second = sum(co_await mp::join(c.waits(1, 4), c.ready(8)));
      co_return first + second;
    };
    std::thread outside([&] { c.events[0].fire(), c.events[1].fire(); });
    const auto g = [&]() -> mp::task<int> { co_return sum(co_await mp::join(p(), c.ready(16))); };
    check(pool.sync_wait(g()) == 31, "the sum");
    outside.join();
    c.check_begun(5);
  });
}

TEST_CASE("join: a blocking join inside an awaited one, whose branches suspend") {
  simulate_both(1'000, 1'500, [] {
    counted c;
    mp::thread_pool pool(workers(1));
    const auto blocks = [&] {
      return sum(mp::join([&] { return mp::sync_wait(c.waits(0, 1)); }, [&] { return c.leaf(2); }));
    };
    std::thread outside([&] { c.events[0].fire(), c.events[1].fire(); });
    const auto g = [&]() -> mp::task<int> {
      co_return sum(co_await mp::join(blocks, c.waits(1, 4)));
    };
    check(pool.sync_wait(g()) == 7, "the sum");
    outside.join();
    c.check_begun(3);
  });
}

TEST_CASE("join: a fiber that joins waits for a stolen branch without its thread") {
  simulate_both(1'000, 1'500, [] {
    counted c;
    mp::thread_pool pool(workers(2));
    const auto body = [&] {
      const int two = sum(mp::join([&] { return c.leaf(1); }, [&] { return c.leaf(2); }));
      return two + mp::await(c.waits(0, 4));
    };
    std::thread outside([&] { c.events[0].fire(); });
    check(pool.sync_wait(mp::stackful(body)) == 7, "the sum");
    outside.join();
    c.check_begun(3);
  });
}

// The child ends on the other pool, and its parent continues on its own.
TEST_CASE("join: a parent continues on its own pool when its last child ends on another") {
  simulate_both(1'000, 1'800, [] {
    counted c;
    mp::thread_pool here(workers(1));
    mp::thread_pool there(workers(1));
    const auto moves = [&]() -> mp::task<int> {
      co_await mp::resume_on(there);
      check(&mp::current_pool() == &there, "the child has moved");
      co_return c.leaf(1);
    };
    const auto parent = [&]() -> mp::task<int> {
      const int both = sum(co_await mp::join(moves(), c.ready(2)));
      check(&mp::current_pool() == &here, "the parent has stayed");
      co_return both;
    };
    check(here.sync_wait(parent()) == 3, "the sum");
    c.check_begun(2);
  });
}

TEST_CASE("join: the exception of the first branch in order, after all have ended") {
  simulate_both(1'000, 1'300, [] {
    counted c;
    mp::thread_pool pool(workers(1));
    const auto fails = [&](std::size_t event, int value) -> mp::task<int> {
      const int v = co_await c.waits(event, value);
      throw std::runtime_error(std::to_string(v));
    };
    std::thread outside([&] { c.events[1].fire(), c.events[0].fire(); });
    const auto g = [&]() -> mp::task<int> {
      co_return sum(co_await mp::join(fails(0, 1), fails(1, 2)));
    };
    try {
      pool.sync_wait(g());
      check(false, "it throws");
    } catch (const std::runtime_error& e) {
      check(e.what() == std::string("1"), "the first in order");
    }
    c.check_begun(2);
    outside.join();
  });
}

TEST_CASE("join: an awaiter that makes a call while it suspends") {
  simulate_both(1'000, 1'500, [] {
    counted c;
    mp::thread_pool pool(workers(1));
    const auto waits = [&]() -> mp::task<int> {
      co_await calls_while_suspending{c, c.events[0]};
      co_return c.leaf(4);
    };
    std::thread outside([&] { c.events[0].fire(); });
    const auto g = [&]() -> mp::task<int> {
      co_return sum(co_await mp::join(waits(), c.ready(8)));
    };
    check(pool.sync_wait(g()) == 12, "the sum");
    outside.join();
    c.check_begun(4);
  });
}

namespace {

// Nests until the stack is too deep: from there on children are run by the bottom, which finds the
// flag of the parent that has suspended for them.
mp::task<int> nest(counted& c, int depth) {
  if (depth > 0) co_return co_await nest(c, depth - 1);
  co_return sum(co_await mp::join(c.ready(1), c.ready(2)));
}

}  // namespace

TEST_CASE("join: children that are too deep to nest") {
  simulate({.executions = 60}, [] {
    counted c;
    mp::thread_pool pool(workers(1));
    const auto deep = [&](int depth) -> mp::task<int> {
      const int here = co_await nest(c, depth);
      const int again = sum(co_await mp::join(c.ready(4), c.ready(8)));
      co_return here + again;
    };
    check(pool.sync_wait(deep(2'500)) == 15, "the sum");
    c.check_begun(4);
  });
}
