// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 5 where foreground work waits for a background task: no priority is inverted.
#include "background.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::held_workers;
using micropool_test::saturated;

namespace {

constexpr int children = 100;

// A task that forks children when it is told to, and then holds its worker until the end of the
// case. Some children keep the thread that runs them as well; the order of the others is recorded.
class forking_task {
public:
  forking_task(std::string& order, char letter, int keeps)
      : order_(order), letter_(letter), keeps_(keeps), left_(keeps), recorded_(children - keeps) {}

  void operator()() {
    begun_.arrive();
    go_.wait();
    mp::scope([&](mp::scope_ref s) {
      for (int i = 0; i < children; ++i) s.fork([&] { run_child(); });
      held_.pass();
    });
  }

  void wait_until_begun() { begun_.wait(); }
  void fork() {
    go_.arrive();
    held_.wait_for_arrivals(1);
  }
  void wait_until_threads_are_kept() { kept_.wait_for_arrivals(static_cast<std::size_t>(keeps_)); }
  void wait_for_all_recorded() { recorded_.wait(); }
  std::string all_recorded() const {
    return std::string(static_cast<std::size_t>(children - keeps_), letter_);
  }
  void release() {
    go_.arrive();
    kept_.open();
    held_.open();
  }

private:
  void run_child() {
    if (left_.fetch_sub(1) > 0) return kept_.pass();
    order_ += letter_;
    recorded_.arrive();
  }

  std::string& order_;
  const char letter_;
  const int keeps_;
  std::atomic<int> left_;
  countdown begun_{1};
  countdown go_{1};
  gate held_;
  gate kept_;
  countdown recorded_;
};

// Two tasks that compete for one worker. The others are inside the tasks and their waiters.
class contest {
public:
  // So many threads wait for the wanted task and are kept by its children.
  explicit contest(int waiters, std::size_t workers = 3)
      : wanted_(order_, 'w', waiters), rival_(order_, 'r', 0), pool({.num_threads = workers}) {}
  ~contest() {
    wanted_.release();
    rival_.release();
    for (auto& t : callers_) t.join();
  }
  contest(const contest&) = delete;
  contest& operator=(const contest&) = delete;

private:
  std::string order_;
  forking_task wanted_;
  forking_task rival_;
  std::vector<std::thread> callers_;

public:
  mp::thread_pool pool;

  std::reference_wrapper<forking_task> wanted() { return std::ref(wanted_); }
  void wait_until_wanted_runs() { wanted_.wait_until_begun(); }

  // When both tasks run and the last worker is held: lets a foreground call wait, then releases the
  // worker. What it has run is returned. The call goes on until the contest ends, so it must own
  // the handles that it uses.
  std::string order_when(const std::function<void()>& foreground_waits) {
    auto rival = pool.spawn_owned(std::ref(rival_));
    wanted_.wait_until_begun();
    rival_.wait_until_begun();
    held_workers last(pool, 1);
    wanted_.fork();
    rival_.fork();
    callers_.emplace_back(foreground_waits);
    wanted_.wait_until_threads_are_kept();
    last.release();
    wanted_.wait_for_all_recorded();
    rival_.wait_for_all_recorded();
    return order_;
  }
  std::string wanted_first() const { return wanted_.all_recorded() + rival_.all_recorded(); }
};

mp::task<> awaits(mp::shared_task<void> t) { co_await t; }

// Says so, then awaits the task.
mp::task<> begins_and_awaits(countdown& begun, mp::shared_task<void> t) {
  begun.arrive();
  co_await t;
}

}  // namespace

TEST_CASE("promise 5: who joins a task behind 1000 others runs that task alone") {
  mp::thread_pool pool({.num_threads = 2});
  saturated busy(pool);
  std::vector<std::thread::id> ran;
  auto wanted = pool.spawn_owned([&] {
    mp::scope([&](mp::scope_ref s) {
      for (int i = 0; i < children; ++i) s.fork([&] { ran.push_back(std::this_thread::get_id()); });
    });
  });
  wanted.join();
  REQUIRE(ran == std::vector(children, std::this_thread::get_id()));
  REQUIRE(busy.ran() == 0);
}

TEST_CASE("promise 5: a joined task's children go before background work") {
  contest c(1);
  const auto t = c.pool.spawn_shared(c.wanted());
  REQUIRE(c.order_when([t] { t.join(); }) == c.wanted_first());
}

TEST_CASE("promise 5: children of a task joined inside another call go before background work") {
  contest c(1);
  const auto t = c.pool.spawn_shared(c.wanted());
  REQUIRE(c.order_when([&c, t] { c.pool.join([&] { t.join(); }, [] {}); }) == c.wanted_first());
}

TEST_CASE("promise 5: an awaited task's children go before background work") {
  contest c(1);
  const auto t = c.pool.spawn_shared(c.wanted());
  REQUIRE(c.order_when([&c, t] { c.pool.sync_wait(awaits(t)); }) == c.wanted_first());
}

TEST_CASE("promise 5: children of a task that a joined task awaits go before background work") {
  contest c(1);
  const auto t = c.pool.spawn_shared(c.wanted());
  countdown begun(1);
  const auto between = c.pool.spawn_shared(begins_and_awaits(begun, t));
  begun.wait();
  REQUIRE(c.order_when([between] { between.join(); }) == c.wanted_first());
}

TEST_CASE("promise 5: children of a task that a joined task joins go before background work") {
  // The thread of the task in between is kept by a child as well.
  contest c(2, 4);
  const auto t = c.pool.spawn_shared(c.wanted());
  countdown begun(1);
  const auto between = c.pool.spawn_shared([&begun, t] {
    begun.arrive();
    t.join();
  });
  begun.wait();
  REQUIRE(c.order_when([between] { between.join(); }) == c.wanted_first());
}

TEST_CASE(
    "promise 5: children of a joined task go before background work if a background task waits for "
    "it already") {
  contest c(1);
  const auto t = c.pool.spawn_shared(c.wanted());
  countdown begun(1);
  const auto other = c.pool.spawn_shared(begins_and_awaits(begun, t));
  begun.wait();
  REQUIRE(c.order_when([t] { t.join(); }) == c.wanted_first());
}

TEST_CASE(
    "promise 5: children of a joined task that another background task has started go before "
    "background work") {
  contest c(1);
  mp::shared_task<void> t;
  countdown spawned(1);
  held_workers others(c.pool, 2);
  // No other thread can start it.
  const auto starter = c.pool.spawn_shared([&]() -> mp::task<> {
    const auto mine = mp::spawn_shared(c.wanted());
    t = mine;
    spawned.arrive();
    co_await mine;
  });
  spawned.wait();
  c.wait_until_wanted_runs();
  others.release();
  REQUIRE(c.order_when([t] { t.join(); }) == c.wanted_first());
}
