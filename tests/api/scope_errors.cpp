// SPDX-License-Identifier: MIT OR Apache-2.0
// scope with a body or children that throw, and the stop request.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// A scope with a body and 20 children, some of which throw.
struct scope_case {
  bool awaited;
  bool body_throws;
  std::atomic<int> ended{0};
  mt::census census{};

  void run_child(int i) {
    ++ended;
    if (i >= 5 && i % 3 == 0) throw mt::numbered_error(i, census);
  }
  mp::task<> child(int i) {
    run_child(i);
    co_return;
  }
  mp::task<> late_child(int i) {
    co_await mp::yield();
    run_child(i);
  }
  void fork_all(mp::scope_ref s) {
    for (int i = 0; i < 20; ++i) {
      if (i % 4 == 0) s.fork([this, i] { run_child(i); });
      if (i % 4 == 1) s.fork(child(i));
      if (i % 4 == 2) s.fork([this, i] { return child(i); });
      if (i % 4 == 3) s.fork(late_child(i));
    }
    if (body_throws) throw mt::numbered_error(1000, census);
  }
  int run() {
    return mt::thrown_by([&] {
      if (awaited) {
        mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
          fork_all(s);
          co_return;
        }));
      } else {
        mp::scope([&](mp::scope_ref s) { fork_all(s); });
      }
      return 0;
    });
  }
};

}  // namespace

TEST_CASE("a scope rethrows the body's exception or else that of the lowest fork number") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const bool awaited = GENERATE(false, true);
  const bool body_throws = GENERATE(false, true);
  CAPTURE(where, awaited, body_throws);
  mt::place here(where);
  for (int round = 0; round < 20; ++round) {
    scope_case c{awaited, body_throws};
    const int number = here.run([&] { return c.run(); });
    REQUIRE(number == (body_throws ? 1000 : 6));
    REQUIRE(c.ended == 20);
    REQUIRE(c.census.ever() > 0);
    REQUIRE(c.census.alive() == 0);
  }
}

TEST_CASE("the lowest fork number wins although a later child has thrown before it") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const bool awaited = GENERATE(false, true);
  CAPTURE(where, awaited);
  mt::place here(where);
  mt::event later_threw;
  const auto waits_and_throws = [&]() -> mp::task<> {
    co_await later_threw;
    throw mt::numbered_error(0);
  };
  const auto throws_first = [&] {
    struct fire_at_exit {
      mt::event& e;
      ~fire_at_exit() { e.fire(); }
    } const at_exit{later_threw};
    throw mt::numbered_error(1);
  };
  const auto fork_both = [&](mp::scope_ref s) {
    s.fork(waits_and_throws());
    s.fork(throws_first);
  };
  const int number = here.run([&] {
    return mt::thrown_by([&] {
      if (awaited) {
        mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
          fork_both(s);
          co_return;
        }));
      } else {
        mp::scope(fork_both);
      }
      return 0;
    });
  });
  CHECK(number == 0);
}

TEST_CASE("a body that throws instead of returning an awaitable is waited out as well") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> ended{0};
  const int number = here.run([&] {
    return mt::thrown_by([&] {
      const auto body = [&](mp::scope_ref s) -> mp::task<> {
        for (int i = 0; i < 10; ++i) s.fork([&] { ++ended; });
        throw mt::numbered_error(3);
        return {};
      };
      mp::sync_wait(mp::scope(body));
      return 0;
    });
  });
  CHECK(number == 3);
  CHECK(ended == 10);
}

TEST_CASE("a throwing child requests stop of its scope and of no other") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const bool awaited = GENERATE(false, true);
  CAPTURE(where, awaited);
  mt::place here(where);
  mt::event stop_requested;
  bool sibling_saw_stop = false;
  bool token_saw_stop = false;
  bool outer_saw_stop = true;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  const auto fork_both = [&](mp::scope_ref s) {
    on_stop.emplace(s.stop_token(), [&] { stop_requested.fire(); });
    s.fork([&, s]() -> mp::task<> {
      co_await stop_requested;
      sibling_saw_stop = s.stop_requested();
      token_saw_stop = s.stop_token().stop_requested();
    });
    s.fork([] { throw mt::numbered_error(4); });
  };
  int caught = -1;
  here.run([&] {
    mp::scope([&](mp::scope_ref outer) {
      caught = mt::thrown_by([&] {
        if (awaited) {
          mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
            fork_both(s);
            co_return;
          }));
        } else {
          mp::scope(fork_both);
        }
        return 0;
      });
      outer_saw_stop = outer.stop_requested();
    });
  });
  CHECK(caught == 4);
  CHECK(sibling_saw_stop);
  CHECK(token_saw_stop);
  CHECK_FALSE(outer_saw_stop);
}

TEST_CASE("request_stop is seen by every child and through every token") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const bool token_before = GENERATE(false, true);
  CAPTURE(where, token_before);
  mt::place here(where);
  constexpr std::size_t children = 10;
  std::atomic<int> stopped{0};
  std::atomic<int> called{0};
  const auto calls = [&] { ++called; };
  using callback = std::stop_callback<decltype(calls)>;
  std::array<std::optional<callback>, children> callbacks;
  bool before = true;
  std::optional<std::stop_token> outlives;
  here.run([&] {
    mp::scope([&](mp::scope_ref s) {
      before = s.stop_requested();
      if (token_before) outlives = s.stop_token();
      for (std::size_t i = 0; i < children; ++i) {
        s.fork([&, s, i] {
          const auto token = s.stop_token();
          callbacks[i].emplace(token, calls);
          while (!token.stop_requested()) std::this_thread::yield();
          if (s.stop_requested()) ++stopped;
        });
      }
      s.request_stop();
      s.request_stop();
      if (!token_before) outlives = s.stop_token();
    });
  });
  CHECK_FALSE(before);
  CHECK(stopped == children);
  CHECK(called == children);
  CHECK(outlives->stop_requested());
}

TEST_CASE("an exception that gives way to an earlier one may use the scope in its destructor") {
  struct asks_for_stop {
    explicit asks_for_stop(mp::scope_ref s) : scope(s) {}
    asks_for_stop(const asks_for_stop&) = default;
    ~asks_for_stop() { stopped = scope.stop_token().stop_requested(); }
    mp::scope_ref scope;
    bool stopped = false;
  };
  mp::thread_pool pool({.num_threads = 0});
  const auto run = [&] {
    pool.scope([](mp::scope_ref s) {
      // Without workers the last that was forked runs first.
      s.fork([] { throw 1; });
      s.fork([s] { throw asks_for_stop(s); });
    });
  };
  CHECK_THROWS_AS(run(), int);
}
