// SPDX-License-Identifier: MIT OR Apache-2.0
// Who may fork on a scope, and from where.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr int nodes_of_tree(int depth, int width) {
  return depth == 0 ? 1 : 1 + width * nodes_of_tree(depth - 1, width);
}

// Children that fork further children on the scope they belong to, as callables and as tasks.
struct forking_tree {
  std::atomic<int> nodes{0};

  void callable(mp::scope_ref s, int depth) {
    ++nodes;
    if (depth == 0) return;
    s.fork([this, s, depth] { callable(s, depth - 1); });
    s.fork(task(s, depth - 1));
    s.fork([this, s, depth] { return task(s, depth - 1); });
  }
  mp::task<> task(mp::scope_ref s, int depth) {
    ++nodes;
    if (depth == 0) co_return;
    s.fork([this, s, depth] { callable(s, depth - 1); });
    s.fork(task(s, depth - 1));
    co_await mp::yield();
    s.fork(task(s, depth - 1));
  }
};

}  // namespace

TEST_CASE("children fork further children on the same scope") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  forking_tree blocking;
  forking_tree awaited;
  here.run([&] {
    mp::scope([&](mp::scope_ref s) { blocking.callable(s, 6); });
    mp::sync_wait(mp::scope([&](mp::scope_ref s) { return awaited.task(s, 6); }));
  });
  CHECK(blocking.nodes == nodes_of_tree(6, 3));
  CHECK(awaited.nodes == nodes_of_tree(6, 3));
}

TEST_CASE("a fork on an outer scope from inside a join is no part of that join") {
  mp::thread_pool pool({.num_threads = 0});
  std::vector<std::string> order;
  pool.scope([&](mp::scope_ref s) {
    mp::join([&] { s.fork([&] { order.push_back("child"); }); },
             [&] { order.push_back("branch"); });
    order.push_back("after the join");
  });
  CHECK(order == std::vector<std::string>{"branch", "after the join", "child"});
}

TEST_CASE("the end of a scope runs its children and no branch of a join around it") {
  mp::thread_pool pool({.num_threads = 0});
  std::vector<std::string> order;
  const auto with_child = [&] {
    mp::scope([&](mp::scope_ref s) { s.fork([&] { order.push_back("child"); }); });
    order.push_back("after the scope");
  };
  pool.join(with_child, [&] { order.push_back("branch"); });
  CHECK(order == std::vector<std::string>{"child", "after the scope", "branch"});
}

TEST_CASE("a fork on an outer scope from inside joins and scopes belongs to the outer scope") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> runs{0};
  constexpr int rounds = 50;
  const auto child = [&] { ++runs; };
  const auto child_task = [&]() -> mp::task<> {
    ++runs;
    co_return;
  };
  here.run([&] {
    mp::scope([&](mp::scope_ref outer) {
      for (int i = 0; i < rounds; ++i) {
        mp::join([&] { outer.fork(child); }, [&] { outer.fork(child_task()); },
                 [&] { mp::join([&] { outer.fork(child); }, [&] { outer.fork(child); }); });
        mp::scope([&](mp::scope_ref inner) {
          inner.fork([&] { outer.fork(child); });
          inner.fork([&, inner] {
            outer.fork(child);
            inner.fork(child);
          });
          outer.fork(child);
          inner.fork(child);
        });
        mp::sync_wait(mp::join([&] { outer.fork(child); },
                               [&]() -> mp::task<> {
                                 outer.fork(child);
                                 co_await mp::yield();
                                 outer.fork(child_task());
                               }));
      }
    });
  });
  CHECK(runs == rounds * 12);
}

TEST_CASE("an awaited body forks between and inside its own awaits") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  std::atomic<int> runs{0};
  const auto child = [&]() -> mp::task<> {
    ++runs;
    co_await mp::yield();
    ++runs;
  };
  const auto helper = [&](mp::scope_ref s) -> mp::task<> {
    s.fork(child());
    co_await elsewhere.resume_here();
    s.fork([&] { ++runs; });
  };
  constexpr int rounds = 20;
  here.run([&] {
    const auto body = [&](mp::scope_ref s) -> mp::task<> {
      for (int i = 0; i < rounds; ++i) {
        s.fork(child());
        co_await helper(s);
        co_await mp::join(helper(s), [&] { s.fork(child()); }, helper(s));
        s.fork(child());
        co_await mp::scope([&](mp::scope_ref inner) -> mp::task<> {
          inner.fork([&, inner]() -> mp::task<> {
            s.fork(child());
            co_await mp::yield();
            inner.fork(child());
            s.fork(child());
          });
          co_return;
        });
      }
    };
    mp::sync_wait(mp::scope(body));
  });
  CHECK(runs == rounds * (2 + 3 + 3 * 2 + 2 + 2 + 3 * 2));
}

TEST_CASE("a thread that takes no part may fork while the body runs") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> runs{0};
  here.run([&] {
    mp::scope([&](mp::scope_ref s) {
      std::thread stranger([&] {
        for (int i = 0; i < 100; ++i) {
          s.fork([&] { ++runs; });
          s.fork([&]() -> mp::task<> {
            ++runs;
            co_return;
          });
        }
      });
      for (int i = 0; i < 100; ++i) s.fork([&] { ++runs; });
      stranger.join();
    });
  });
  CHECK(runs == 300);
}

TEST_CASE("a fork from inside a call on another pool belongs to the scope's pool") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mp::thread_pool other({.num_threads = 1});
  std::atomic<int> runs{0};
  std::atomic<int> elsewhere{0};
  const auto child = [&] {
    ++runs;
    if (&mp::current_pool() != &here.pool) ++elsewhere;
  };
  here.run([&] {
    mp::scope([&](mp::scope_ref s) {
      other.join([&] { s.fork(child); }, [&] { s.fork(child); });
      other.scope([&](mp::scope_ref inner) {
        inner.fork([&] { s.fork(child); });
        s.fork(child);
      });
    });
  });
  CHECK(runs == 4);
  CHECK(elsewhere == 0);
}

TEST_CASE("scopes nest to any depth") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> runs{0};
  const std::function<void(int)> blocking = [&](int depth) {
    ++runs;
    if (depth > 0) {
      mp::scope([&](mp::scope_ref s) {
        s.fork([&] { blocking(depth - 1); });
        s.fork([&] { ++runs; });
      });
    }
  };
  const std::function<mp::task<>(int)> awaited = [&](int depth) -> mp::task<> {
    ++runs;
    if (depth > 0) {
      co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
        s.fork(awaited(depth - 1));
        s.fork([&] { ++runs; });
        co_return;
      });
    }
  };
  here.run([&] {
    blocking(200);
    mp::sync_wait(awaited(2000));
  });
  CHECK(runs == (200 + 2000) * 2 + 2);
}
