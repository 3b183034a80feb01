// SPDX-License-Identifier: MIT OR Apache-2.0
// join with branches that throw: every branch runs once, the lowest-numbered exception arrives.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Which of four branches throw: bit i for branch i.
constexpr unsigned every_combination = 16;

int lowest_bit(unsigned bits) { return bits == 0 ? -1 : __builtin_ctz(bits); }

struct counted_branches {
  std::array<std::atomic<int>, 4> runs{};
  unsigned throwing = 0;

  int run(int i) {
    ++runs[static_cast<std::size_t>(i)];
    if ((throwing >> i & 1) != 0) throw mt::numbered_error(i);
    return i;
  }
  mp::task<int> task(int i) { co_return run(i); }
  bool each_ran_once() const {
    for (const auto& r : runs) {
      if (r != 1) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("a blocking join runs every branch once and rethrows the lowest-numbered exception") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  for (unsigned throwing = 0; throwing < every_combination; ++throwing) {
    CAPTURE(throwing);
    counted_branches b;
    b.throwing = throwing;
    const int number = here.run([&] {
      return mt::thrown_by([&] {
        return mp::join([&] { return b.run(0); }, [&] { return b.run(1); },
                        [&] { return b.run(2); }, [&] { return b.run(3); });
      });
    });
    CHECK(number == lowest_bit(throwing));
    CHECK(b.each_ran_once());
  }
}

TEST_CASE("an awaited join runs every branch once and rethrows the lowest-numbered exception") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  for (unsigned throwing = 0; throwing < every_combination; ++throwing) {
    CAPTURE(throwing);
    counted_branches b;
    b.throwing = throwing;
    const int number = here.run([&] {
      return mt::thrown_by([&] {
        return mp::sync_wait(
            mp::join(b.task(0), [&] { return b.run(1); }, [&] { return b.task(2); }, b.task(3)));
      });
    });
    CHECK(number == lowest_bit(throwing));
    CHECK(b.each_ran_once());
  }
}

TEST_CASE("the lowest-numbered exception arrives although a later branch has thrown before it") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate second_threw;
  const auto first = [&] {
    second_threw.wait_for_arrivals(1);
    throw mt::numbered_error(0);
  };
  const auto second = [&] {
    second_threw.open();
    second_threw.pass();
    throw mt::numbered_error(1);
  };
  CHECK(mt::thrown_by([&] {
          pool.join(first, second);
          return 0;
        }) == 0);
  mt::gate again;
  const auto first_task = [&]() -> mp::task<> {
    again.wait_for_arrivals(1);
    throw mt::numbered_error(0);
    co_return;
  };
  const auto second_task = [&]() -> mp::task<> {
    again.open();
    again.pass();
    throw mt::numbered_error(1);
    co_return;
  };
  CHECK(mt::thrown_by([&] {
          pool.sync_wait(mp::join(first_task(), second_task()));
          return 0;
        }) == 0);
}

TEST_CASE("an exception waits until its stolen sibling has ended") {
  mp::thread_pool pool({.num_threads = 1});
  for (int round = 0; round < 50; ++round) {
    mt::countdown started(1);
    mt::event go_on;
    bool ended = false;
    int number = -1;
    const auto first = [&] {
      started.wait();
      throw mt::numbered_error(3);
    };
    const auto second = [&]() -> mp::task<> {
      started.arrive();
      co_await go_on;
      ended = true;
    };
    mt::countdown called(1);
    std::thread caller([&] {
      number = mt::thrown_by([&] {
        const auto both = [&]() -> mp::task<> { co_await mp::join(first, second); };
        pool.sync_wait(both());
        return 0;
      });
      called.arrive();
    });
    go_on.wait_for_waiter();
    go_on.fire();
    called.wait();
    caller.join();
    REQUIRE(number == 3);
    REQUIRE(ended);
  }
}

TEST_CASE("exceptions leave nothing behind and do no harm to later joins") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    const int number = here.run([&] {
      return mt::thrown_by([&] {
        return mp::join([&] { return mt::tracked(census); },
                        [&]() -> int { throw mt::numbered_error(1, census); },
                        [&]() -> mt::tracked { throw mt::numbered_error(2, census); },
                        [&] { return mt::tracked(census); });
      });
    });
    const auto sum = here.run([] { return mp::join([] { return 20; }, [] { return 22; }); });
    if (number != 1 || sum != std::tuple(20, 22)) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(census.ever() >= 200 * 4);
  CHECK(census.alive() == 0);
  mt::meet_all_workers(here.pool);
}

TEST_CASE("a join may be used in a destructor while an exception is on its way") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  struct joins_at_exit {
    int& sum;
    ~joins_at_exit() {
      const auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
      const auto caught = mt::thrown_by(
          [] { return mp::join([] { return 0; }, []() -> int { throw mt::numbered_error(40); }); });
      sum = a + b + caught;
    }
  };
  int sum = 0;
  const int number = here.run([&] {
    return mt::thrown_by([&] {
      const joins_at_exit guard{sum};
      throw mt::numbered_error(5);
      return 0;
    });
  });
  CHECK(number == 5);
  CHECK(sum == 43);
}
