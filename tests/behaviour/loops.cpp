// SPDX-License-Identifier: MIT OR Apache-2.0
// The promises where they concern parallel loops.
#include "background.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;
using micropool_test::scaled;

namespace {

// A loop that goes on until it is told to stop: it has work for many seconds, since on a busy
// machine it may take long until that happens. Every position is a chunk.
class endless {
public:
  auto items() {
    return mp::par_range(10'000'000).with(mp::split_per_item()).stop_on(stop_.get_token());
  }
  auto body() {
    return [this](int) {
      begun_.open();
      std::this_thread::yield();
      if (units_.fetch_add(1) > 9'000'000) too_long_ = true;
    };
  }
  void wait_until_begun() { begun_.pass(); }
  void stop() { stop_.request_stop(); }
  bool came_to_its_end() const { return too_long_; }

private:
  std::stop_source stop_;
  gate begun_;
  std::atomic<std::size_t> units_{0};
  std::atomic<bool> too_long_{false};
};

// The second branch must be run by another thread while the first waits.
void join_with_help(mp::thread_pool& pool) {
  gate helped;
  pool.join([&] { helped.pass(); }, [&] { helped.open(); });
}

}  // namespace

TEST_CASE("promise 1: a caller runs its loop alone where there is no other thread") {
  mp::thread_pool pool({.num_threads = 0});
  const auto me = std::this_thread::get_id();
  int by_me = 0;
  pool.install([&] {
    mp::par_range(1000).for_each([&](int) { by_me += std::this_thread::get_id() == me; });
  });
  REQUIRE(by_me == 1000);
}

TEST_CASE("promise 2: a loop ends while every worker is inside background work") {
  mp::thread_pool pool({.num_threads = 2});
  const micropool_test::saturated busy(pool);
  std::atomic<int> ran{0};
  for (const mp::split s : {mp::split_auto(), mp::split_per_item(), mp::split_by_threads()}) {
    pool.install([&] { mp::par_range(1000).with(s).for_each([&](int) { ++ran; }); });
    pool.install([&] {
      mp::par_range(1000).with(s).background().for_each([&](int) { ++ran; });
    });
    pool.sync_wait(mp::par_range(1000).with(s).async().for_each([&](int) { ++ran; }));
  }
  REQUIRE(ran == 9000);
  REQUIRE(busy.ran() == 0);
}

TEST_CASE("promise 3: items that take one mutex around a nested loop do not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::mutex mutex;
  int sum = 0;
  for (std::size_t round = 0; round < scaled(30); ++round) {
    countdown both(2);
    const auto root = [&] {
      both.arrive_and_wait();
      pool.install([&] {
        mp::par_range(16).with(mp::split_per_item()).for_each([&](int) {
          const std::lock_guard lock(mutex);
          std::atomic<int> inner{0};
          mp::par_range(8).with(mp::split_per_item()).for_each([&](int) { ++inner; });
          mp::join([&] { ++inner; }, [&] { ++inner; });
          sum += inner;
        });
      });
    };
    std::thread other(root);
    root();
    other.join();
  }
  REQUIRE(sum == static_cast<int>(scaled(30)) * 2 * 16 * 10);
}

TEST_CASE("promise 3: a lazily computed task that all items of loops need does not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  for (std::size_t round = 0; round < scaled(30); ++round) {
    std::mutex mutex;
    mp::shared_task<int> lazy;
    std::atomic<int> sum{0};
    const auto get = [&] {
      const std::lock_guard lock(mutex);
      if (!lazy) {
        lazy = mp::spawn_shared([] {
          std::atomic<int> parts{0};
          mp::par_range(8).with(mp::split_per_item()).for_each([&](int) { ++parts; });
          return parts.load();
        });
      }
      return lazy;
    };
    const auto root = [&] {
      pool.install([&] {
        mp::par_range(16).with(mp::split_per_item()).for_each([&](int) {
          sum += get().join();
        });
      });
    };
    std::thread other(root);
    root();
    other.join();
    REQUIRE(sum == 2 * 16 * 8);
  }
}

TEST_CASE("promise 5: an awaited loop of a background task gives way between two chunks") {
  mp::thread_pool pool({.num_threads = 1});
  endless loop;
  const auto work = [&]() -> mp::task<> { co_await loop.items().async().for_each(loop.body()); };
  auto task = pool.spawn_owned(work);
  loop.wait_until_begun();
  for (int i = 0; i < 10; ++i) join_with_help(pool);
  REQUIRE_FALSE(loop.came_to_its_end());
  REQUIRE_FALSE(task.complete());
  loop.stop();
  REQUIRE_THROWS_AS(task.join(), mp::operation_stopped);
}

TEST_CASE("promise 5: a worker that helps a background task's loop gives way between two chunks") {
  mp::thread_pool pool({.num_threads = 2});
  endless loop;
  // Blocks on one worker, which cannot leave; the other one helps and can.
  countdown both(2);
  auto task = pool.spawn_owned([&] {
    std::atomic<bool> met[2]{};
    mp::par_range(2).with(mp::split_per_item()).for_each([&](int i) {
      met[i] = true;
      both.arrive_and_wait();
    });
    loop.items().for_each(loop.body());
  });
  loop.wait_until_begun();
  for (int i = 0; i < 10; ++i) join_with_help(pool);
  REQUIRE_FALSE(loop.came_to_its_end());
  loop.stop();
  REQUIRE_THROWS_AS(task.join(), mp::operation_stopped);
}

TEST_CASE("promise 5: a worker that helps a background loop of the foreground gives way") {
  mp::thread_pool pool({.num_threads = 1});
  endless loop;
  std::atomic<bool> helped{false};
  std::thread::id caller_id;
  std::thread caller([&] {
    caller_id = std::this_thread::get_id();
    pool.install([&] {
      try {
        loop.items().background().for_each([&, body = loop.body()](int i) {
          if (std::this_thread::get_id() != caller_id) helped = true;
          body(i);
        });
      } catch (const mp::operation_stopped&) {
      }
    });
  });
  while (!helped) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) join_with_help(pool);
  REQUIRE_FALSE(loop.came_to_its_end());
  loop.stop();
  caller.join();
}

TEST_CASE("promise 5: a background loop starts no helper while foreground work can be taken") {
  mp::thread_pool pool({.num_threads = 1});
  // The worker is held; meanwhile the loop queues its helper, and a foreground branch comes after
  // it.
  gate hold, loop_runs, loop_may_end;
  std::atomic<bool> branch_ran{false}, helped_before{false};
  std::thread holder([&] { pool.join([&] { hold.pass(); }, [&] { hold.pass(); }); });
  hold.wait_for_arrivals(2);
  std::thread looper([&] {
    const auto me = std::this_thread::get_id();
    pool.install([&] {
      mp::par_range(100).with(mp::split_per_item()).background().for_each([&](int i) {
        if (std::this_thread::get_id() != me && !branch_ran) helped_before = true;
        if (i == 0) {
          loop_runs.open();
          loop_may_end.pass();
        }
      });
    });
  });
  loop_runs.pass();
  std::thread foreground([&] {
    gate taken;
    pool.join(
        [&] {
          hold.open();
          taken.pass();
        },
        [&] {
          branch_ran = true;
          taken.open();
        });
  });
  foreground.join();
  loop_may_end.open();
  holder.join();
  looper.join();
  REQUIRE(branch_ran);
  REQUIRE_FALSE(helped_before);
}

TEST_CASE("promise 8: an item that throws ends the loop") {
  mp::thread_pool pool({.num_threads = 0});
  int calls = 0;
  const auto throws_at_50 = [&](int i) {
    ++calls;
    if (i == 50) throw std::runtime_error("50");
  };
  REQUIRE_THROWS_AS(pool.install([&] { mp::par_range(1'000'000).for_each(throws_at_50); }),
                    std::runtime_error);
  REQUIRE(calls == 51);
}

TEST_CASE("promise 8: of items that throw the lowest is heard of, and the workers survive") {
  mp::thread_pool pool({.num_threads = 2});
  for (std::size_t round = 0; round < scaled(100); ++round) {
    std::string message;
    try {
      pool.install([&] {
        mp::par_range(1000).with(mp::split_per(7)).for_each([&](int i) {
          if (i % 100 == 50) throw std::runtime_error(std::to_string(i));
        });
      });
    } catch (const std::runtime_error& e) {
      message = e.what();
    }
    REQUIRE(message == "50");
  }
  micropool_test::countdown everybody(3);
  pool.install([&] {
    mp::par_range(3).with(mp::split_per_item()).for_each([&](int) {
      everybody.arrive_and_wait();
    });
  });
}
