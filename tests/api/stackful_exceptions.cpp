// SPDX-License-Identifier: MIT OR Apache-2.0
// Exceptions in stackful tasks: those that are being handled and those on their way go along.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "resume_elsewhere.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <exception>
#include <thread>
#include <tuple>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

TEST_CASE("throw after a join in a handler rethrows the exception that is being handled") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int number = here.run([] {
    return mp::sync_wait(mp::stackful([] {
      return mt::thrown_by([]() -> int {
        try {
          throw mt::numbered_error(1);
        } catch (const mt::numbered_error&) {
          const auto throws_and_catches = [](int n) {
            return mt::thrown_by([&]() -> int { throw mt::numbered_error(n); });
          };
          mp::join([&] { return throws_and_catches(2); }, [&] { return throws_and_catches(3); });
          mp::await(mp::yield());
          throw;
        }
      });
    }));
  });
  CHECK(number == 1);
}

TEST_CASE("an exception that is being handled goes along to another thread") {
  mp::thread_pool pool({.num_threads = 2});
  mt::event e;
  std::thread::id first;
  auto task = pool.spawn_owned(mp::stackful([&] {
    bool moved = false;
    const int number = mt::thrown_by([&]() -> int {
      first = mt::thread_here();
      try {
        throw mt::numbered_error(5);
      } catch (...) {
        mp::await(e);
        moved = mt::thread_here() != first;
        throw;
      }
    });
    return std::tuple(moved, number, std::current_exception() == nullptr);
  }));
  const mt::resume_elsewhere there(pool, e, first);
  const auto [moved, number, none] = task.join();
  CHECK(moved);
  CHECK(number == 5);
  CHECK(none);
}

TEST_CASE("exceptions on their way are counted for the task and not for the thread") {
  mp::thread_pool pool({.num_threads = 2});
  mt::event e;
  std::thread::id first;
  struct waits_at_end {
    mt::event& e;
    std::pair<int, int>& counts;
    ~waits_at_end() {
      counts.first = std::uncaught_exceptions();
      mp::await(e);
      counts.second = std::uncaught_exceptions();
    }
  };
  auto task = pool.spawn_owned(mp::stackful([&] {
    first = mt::thread_here();
    std::pair<int, int> counts;
    try {
      const waits_at_end w{e, counts};
      throw 1;
    } catch (int) {
    }
    return std::pair(counts, std::uncaught_exceptions());
  }));
  e.wait_for_waiter();
  // The workers, on one of which it is suspended, have none.
  int on_workers = 0;
  pool.join([&] { on_workers += std::uncaught_exceptions(); }, [] {});
  const mt::resume_elsewhere there(pool, e, first);
  CHECK(task.join() == std::pair(std::pair(1, 1), 0));
  CHECK(on_workers == 0);
}

TEST_CASE("a join in a destructor during unwinding works in a stackful task") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int sum = 0;
  struct joins_at_end {
    int& sum;
    ~joins_at_end() {
      auto [a, b] =
          mp::join([] { return mp::await(mp::stackful([] { return 1; })); }, [] { return 2; });
      sum = a + b;
    }
  };
  const int number = here.run([&] {
    return mt::thrown_by([&] {
      return mp::sync_wait(mp::stackful([&]() -> int {
        const joins_at_end j{sum};
        throw mt::numbered_error(4);
      }));
    });
  });
  CHECK(number == 4);
  CHECK(sum == 3);
}

TEST_CASE("the exception of the lowest branch is rethrown when the branches are left behind") {
  mp::thread_pool pool({.num_threads = 2});
  mt::event e;
  std::thread::id first;
  auto task = pool.spawn_owned(mp::stackful([&] {
    first = mt::thread_here();
    return mt::thrown_by([&] {
      mp::join([&] { mp::await(e); }, [] { throw mt::numbered_error(2); },
               [] { throw mt::numbered_error(3); });
      return 0;
    });
  }));
  const mt::resume_elsewhere there(pool, e, first);
  CHECK(task.join() == 2);
}

TEST_CASE("a scope whose body throws after a switch waits for its children") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> ended{0};
  const int number = here.run([&] {
    return mp::sync_wait(mp::stackful([&] {
      return mt::thrown_by([&] {
        mp::scope([&](mp::scope_ref s) {
          for (int i = 0; i < 10; ++i) {
            s.fork([&] { ++ended; });
            s.fork(mp::stackful([&] {
              mp::await(mp::yield());
              ++ended;
            }));
          }
          mp::await(mp::yield());
          throw mt::numbered_error(7);
        });
        return 0;
      });
    }));
  });
  CHECK(number == 7);
  CHECK(ended == 20);
}
