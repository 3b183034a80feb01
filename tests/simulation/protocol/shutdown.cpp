// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a pool (lib/sched/shutdown.cpp, "The end of a pool" in lib/sched/README.md): against
// workers that fall asleep, calls that begin, migrants that come, and what tasks leave behind. The
// time of the simulated machine stands still while a thread can run, so a pool that is not woken
// for its end is seen by the time that it has slept.
#include "../pools.hpp"
#include "../runtime/machine.hpp"

#include <memory>
#include <optional>
#include <thread>

using namespace micropool_test;
using simulation::check;
using clock_type = std::chrono::steady_clock;

namespace {

// The thread that ends the pool polls as well, at longer and longer intervals. Time passes by
// steps, and jumps only where all threads sleep: then the last event has not been reported.
class quick_end {
public:
  ~quick_end() {
    const std::chrono::nanoseconds of_steps(10 * (simulation::steps_taken() - steps_));
    const auto slept = clock_type::now() - began_ - of_steps;
    check(slept < std::chrono::microseconds(1), "the end of the pool has not been slept through");
  }

private:
  std::uint64_t steps_ = simulation::steps_taken();
  clock_type::time_point began_ = clock_type::now();
};

}  // namespace

TEST_CASE("shutdown: workers that fall asleep see that the pool ends") {
  simulate_new_kernel(1'000, 900, [] { mp::thread_pool pool(workers(2)); });
}

// A call is refused, or waited for.
TEST_CASE("shutdown: a call that begins at the same time") {
  simulate_new_kernel(1'000, 700, [] {
    bool ran = false, refused = false;
    std::atomic<bool> ended{false};
    auto pool = std::make_unique<mp::thread_pool>(workers(0));
    std::thread calls([&] {
      try {
        pool->join([&] { check(!ended.load(), "the pool waits for the call"), ran = true; }, [] {});
      } catch (const mp::pool_stopped&) {
        refused = true;
      }
    });
    {
      const quick_end q;
      pool->shutdown();
    }
    ended = true;
    calls.join();
    check(ran != refused, "it ran or was refused");
    simulation::note(ran ? 1 : 0);
  });
}

// A call that the pool waits for may spawn: the queue is closed after it has returned.
TEST_CASE("shutdown: a call that spawns at the same time") {
  simulate_new_kernel(1'000, 900, [] {
    std::atomic<int> ran{0};
    bool spawned = false;
    auto pool = std::make_unique<mp::thread_pool>(workers(0));
    std::thread calls([&] {
      try {
        pool->install([&] {
          mp::join([] {}, [] {});
          const auto dropped = mp::spawn_owned([&] { ran += 1; });
          spawned = true;
        });
      } catch (const mp::pool_stopped&) {
      }
    });
    pool->shutdown();
    calls.join();
    check(ran == (spawned ? 1 : 0), "what the call has spawned ran");
  });
}

// Promise 11: what was spawned before runs, and what that spawns.
TEST_CASE("shutdown: tasks that spawn others") {
  simulate_new_kernel(1'000, 1'200, [] {
    std::atomic<int> ran{0};
    {
      mp::thread_pool pool(workers(1));
      const auto dropped = pool.spawn_owned([&] {
        ran += 1;
        const auto dropped_too = mp::spawn_owned([&] { ran += 2; });
      });
    }
    check(ran.load() == 3, "both have run");
  });
}

// The ends are counted before the pushes: no thread but the one that ends the pool would run what a
// task has spawned that a joiner runs meanwhile.
TEST_CASE("shutdown: a joiner runs a task that spawns another, without workers") {
  simulate_new_kernel(3'000, 500, [] {
    std::atomic<int> ran{0};
    auto pool = std::make_unique<mp::thread_pool>(workers(0));
    auto t = pool->spawn_owned([&] {
      ran += 1;
      const auto dropped = mp::spawn_owned([&] { ran += 2; });
    });
    std::thread joins([&] { t.join(); });
    pool->shutdown();
    joins.join();
    check(ran == 3, "both have run");
  });
}

TEST_CASE("shutdown: a task that is suspended until an event from outside") {
  simulate_new_kernel(1'000, 1'200, [] {
    signal s;
    std::atomic<int> ran{0};
    const auto suspends = [&]() -> mp::task<> {
      co_await s;
      ran += 1;
    };
    std::optional<std::thread> fires;
    {
      mp::thread_pool pool(workers(1));
      const auto dropped = pool.spawn_owned(suspends());
      fires.emplace([&] { s.fire(); });
    }
    check(ran.load() == 1, "the pool has waited for it");
    fires->join();
  });
}

namespace {

// A coroutine of another pool's call migrates: it is refused, or waited for.
void migrate_while_stopping(std::size_t workers_of_each) {
  mp::thread_pool home(workers(workers_of_each));
  auto other = std::make_unique<mp::thread_pool>(workers(workers_of_each));
  bool moved = false, refused = false;
  std::atomic<bool> ended{false};
  door begun;
  const auto moves = [&]() -> mp::task<> {
    begun.open();
    try {
      co_await mp::resume_on(*other);
      check(!ended.load(), "the pool waits for the migrant");
      moved = true;
      co_await mp::resume_on(home);
    } catch (const mp::pool_stopped&) {
      refused = true;
    }
  };
  std::thread caller([&] { home.sync_wait(moves()); });
  begun.pass();
  other->shutdown();
  ended = true;
  caller.join();
  check(moved != refused, "it has moved or was refused");
  simulation::note(moved ? 1 : 0);
}

}  // namespace

TEST_CASE("shutdown: a migrant that comes at the same time") {
  simulate_new_kernel(1'000, 1'800, [] { migrate_while_stopping(1); });
}

TEST_CASE("shutdown: a migrant that comes at the same time, without workers") {
  simulate_new_kernel(3'000, 500, [] { migrate_while_stopping(0); });
}

// What a migrant leaves in the deque of a visitor runs on after the migrant's end.
TEST_CASE("shutdown: a migrant on a pool without workers, run by its caller as a visitor") {
  simulate_new_kernel(1'000, 1'500, [] {
    mp::thread_pool home(workers(0));
    auto other = std::make_unique<mp::thread_pool>(workers(0));
    std::atomic<int> ran{0};
    std::atomic<bool> here{false};
    const auto moves = [&]() -> mp::task<> {
      co_await mp::resume_on(*other);
      here = true;
      here.notify_all();
      const auto branch = [&]() -> mp::task<> {
        ran += 1;
        co_return;
      };
      co_await mp::join(branch(), branch());
    };
    std::thread caller([&] { home.sync_wait(moves()); });
    here.wait(false);
    other.reset();
    check(ran.load() == 2, "the pool has waited for the branches");
    caller.join();
  });
}

// The second slot that the thread has for its nested call is given back when the call has ended.
TEST_CASE("shutdown: a call that is nested in another pool's call") {
  simulate_new_kernel(1'000, 1'200, [] {
    mp::thread_pool outer(workers(0));
    auto inner = std::make_unique<mp::thread_pool>(workers(0));
    door begun;
    std::thread calls(
        [&] { outer.join([&] { inner->join([&] { begun.open(); }, [] {}); }, [] {}); });
    begun.pass();
    {
      const quick_end q;
      inner.reset();
    }
    calls.join();
  });
}

TEST_CASE("shutdown: calls of two threads end on another pool at the same time") {
  simulate_both(1'000, 2'000, [] {
    mp::thread_pool there(workers(2));
    int ended = 0;
    {
      mp::thread_pool home(workers(0));
      const auto moves = [&](int& done) -> mp::task<> {
        co_await mp::resume_on(there);
        done = 1;
      };
      int first = 0, second = 0;
      std::thread other([&] { home.sync_wait(moves(first)); });
      home.sync_wait(moves(second));
      other.join();
      ended = first + second;
    }
    check(ended == 2, "both have ended");
  });
}
