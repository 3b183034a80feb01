// SPDX-License-Identifier: MIT OR Apache-2.0
// Hooks, spawn_handler, names and pinning: what the threads of a pool are.
#include "catch.hpp"
#include "child_process.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <pthread.h>
#include <sched.h>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// What each worker says when all of them are asked at the same time, by index.
template <class T>
std::map<std::size_t, T> ask_all_workers(mp::thread_pool& pool,
                                         const std::function<T()>& question) {
  std::map<std::size_t, T> answers;
  std::mutex mutex;
  mt::countdown everybody(pool.num_threads() + 1);
  pool.scope([&](mp::scope_ref s) {
    for (std::size_t i = 0; i < pool.num_threads(); ++i) {
      s.fork([&] {
        everybody.arrive_and_wait();
        const auto index = mp::this_thread_index();
        T answer = question();
        const std::lock_guard lock(mutex);
        answers.emplace(index.value_or(99999), std::move(answer));
      });
    }
    everybody.arrive_and_wait();
  });
  return answers;
}

std::string name_of_this_thread() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

// What the hooks of one worker saw.
struct hook_record {
  std::atomic<int> starts{0};
  std::atomic<int> exits{0};
  std::thread::id started_on;
  std::thread::id exited_on;
};

}  // namespace

TEST_CASE("the hooks run once on each worker with its index, before and after all jobs") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  CAPTURE(workers);
  std::vector<hook_record> records(workers);
  std::atomic<int> foreign_indices{0};
  std::atomic<int> jobs_outside{0};
  {
    mp::thread_pool pool({
        .num_threads = workers,
        .on_thread_start =
            [&](std::size_t i) {
              if (mp::this_thread_index() != i) ++foreign_indices;
              records.at(i).started_on = std::this_thread::get_id();
              ++records.at(i).starts;
            },
        .on_thread_exit =
            [&](std::size_t i) {
              if (mp::this_thread_index() != i) ++foreign_indices;
              records.at(i).exited_on = std::this_thread::get_id();
              ++records.at(i).exits;
            },
    });
    const auto threads = ask_all_workers<std::thread::id>(pool, [&] {
      const auto& r = records.at(mp::this_thread_index().value());
      if (r.starts != 1 || r.exits != 0) ++jobs_outside;
      return std::this_thread::get_id();
    });
    CHECK(threads.size() == workers);
    for (const auto& [index, id] : threads) CHECK(records.at(index).started_on == id);
  }
  CHECK(foreign_indices == 0);
  CHECK(jobs_outside == 0);
  for (const auto& r : records) {
    CHECK(r.starts == 1);
    CHECK(r.exits == 1);
    CHECK(r.started_on == r.exited_on);
  }
}

TEST_CASE("inside the hooks the pool is the current pool and may be used") {
  for (int round = 0; round < 100; ++round) {
    std::array<std::atomic<mp::thread_pool*>, 4> at_start{};
    std::array<std::atomic<mp::thread_pool*>, 4> at_exit{};
    std::atomic<int> sum{0};
    mp::thread_pool* expected = nullptr;
    {
      mp::thread_pool pool({
          .num_threads = 4,
          .on_thread_start =
              [&](std::size_t i) {
                at_start[i] = &mp::current_pool();
                mp::join([&] { sum += 1; }, [&] { sum += 10; });
                mp::scope([&](mp::scope_ref s) { s.fork([&] { sum += 100; }); });
                mp::sync_wait([&]() -> mp::task<> {
                  co_await mp::yield();
                  sum += 1000;
                });
              },
          .on_thread_exit =
              [&](std::size_t i) {
                at_exit[i] = &mp::current_pool();
                mp::join([&] { sum += 10000; }, [&] { sum += 100000; });
              },
      });
      expected = &pool;
      mt::meet_all_workers(pool);
    }
    for (const auto& p : at_start) REQUIRE(p == expected);
    for (const auto& p : at_exit) REQUIRE(p == expected);
    REQUIRE(sum == 4 * 111111);
  }
  // And the global pool is still another one.
  CHECK(mp::join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
  mp::thread_pool last({.num_threads = 0});
  CHECK(&mp::current_pool() != &last);
}

TEST_CASE("a start hook is told the pool under construction when it asks") {
  // What is there before the constructor must not look like a pool.
  alignas(mp::thread_pool) std::array<unsigned char, sizeof(mp::thread_pool)> memory{};
  std::atomic<int> right{0};
  mp::pool_options o{.num_threads = 2};
  o.on_thread_start = [&](std::size_t) {
    right += mp::num_threads() == 2;
    right += &mp::current_pool() == static_cast<void*>(memory.data());
    right += mp::current_pool().num_threads() == 2;
    right += mp::current_pool().stats().participants.size() >= 2;
    right += mp::current_pool().spawn_owned([] { return 1; }).join();
    right += mp::current_pool().install([] { return std::get<0>(mp::join([] { return 1; }, [] {})); });
    try {
      mp::current_pool().shutdown();
    } catch (const std::logic_error&) {
      ++right;
    }
  };
  auto* const pool = ::new (static_cast<void*>(memory.data())) mp::thread_pool(o);
  mt::meet_all_workers(*pool);
  std::destroy_at(pool);
  CHECK(right == 14);
}

TEST_CASE("a constructor that fails half-way answers for what a start hook has spawned") {
  const bool refused = GENERATE(false, true);
  CAPTURE(refused);
  mt::gate spawned;
  std::optional<mp::shared_task<int>> queued;
  std::optional<mp::shared_task<int>> started;
  mp::pool_options o{.num_threads = 2};
  o.on_thread_start = [&](std::size_t) {
    started = mp::spawn_shared([] { return 1; });
    started->join();
    queued = mp::spawn_shared([] { return 2; });
    spawned.open();
  };
  o.spawn_handler = [&](std::size_t i, std::function<void()> body) {
    if (i == 0) return std::thread(std::move(body));
    spawned.pass();
    if (!refused) throw std::runtime_error("no second thread");
    return std::thread();
  };
  CHECK_THROWS(mp::thread_pool(o));
  REQUIRE(queued);
  CHECK(started->join() == 1);
  REQUIRE(queued->complete());
  // The worker has run it after its hook, or the failure has cancelled it.
  int answer = 2;
  try {
    answer = queued->join();
  } catch (const mp::task_cancelled&) {
  }
  CHECK(answer == 2);
}

TEST_CASE("what a hook throws goes to on_unhandled_exception and the worker lives on") {
  std::atomic<int> handled{0};
  {
    mp::thread_pool pool({
        .num_threads = 2,
        .on_thread_start = [](std::size_t) { throw std::runtime_error("start hook"); },
        .on_thread_exit = [](std::size_t) { throw std::runtime_error("exit hook"); },
        .on_unhandled_exception =
            [&](std::exception_ptr e) {
              try {
                std::rethrow_exception(e);
              } catch (const std::runtime_error& x) {
                handled += std::strcmp(x.what(), "start hook") == 0  ? 1
                           : std::strcmp(x.what(), "exit hook") == 0 ? 100
                                                                     : 10000;
              }
            },
    });
    mt::meet_all_workers(pool);
    CHECK(handled == 2);
  }
  CHECK(handled == 202);
}

TEST_CASE("an exception of a hook that no handler takes ends the process with its text") {
  const auto child = mt::run_as_child("child: a hook throws");
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("the hook's own text"));
}

TEST_CASE("child: a hook throws", "[.child]") {
  mp::thread_pool pool({.num_threads = 1, .on_thread_start = [](std::size_t) {
                          throw std::runtime_error("the hook's own text");
                        }});
  mt::meet_all_workers(pool);
}

TEST_CASE("spawn_handler starts each worker's thread and the pool joins it") {
  std::set<std::size_t> indices;
  std::atomic<int> ended{0};
  {
    mp::thread_pool pool({
        .num_threads = 3,
        .spawn_handler =
            [&](std::size_t index, std::function<void()> body) {
              indices.insert(index);
              return std::thread([&ended, body = std::move(body)] {
                body();
                ++ended;
              });
            },
    });
    mt::meet_all_workers(pool);
    CHECK(ended == 0);
  }
  CHECK(indices == std::set<std::size_t>{0, 1, 2});
  CHECK(ended == 3);
}

TEST_CASE("a spawn_handler that returns no thread is refused and started workers are ended") {
  std::atomic<int> starts{0};
  std::atomic<int> exits{0};
  std::string text;
  try {
    const mp::thread_pool pool({
        .num_threads = 3,
        .on_thread_start = [&](std::size_t) { ++starts; },
        .on_thread_exit = [&](std::size_t) { ++exits; },
        .spawn_handler =
            [](std::size_t index, std::function<void()> body) {
              return index == 2 ? std::thread() : std::thread(std::move(body));
            },
    });
  } catch (const std::invalid_argument& e) {
    text = e.what();
  }
  CHECK_THAT(text, mt::contains("spawn_handler"));
  CHECK_THAT(text, mt::contains("2"));
  CHECK_THAT(text, mt::contains("not joinable"));
  CHECK(starts == 2);
  CHECK(exits == 2);
}

TEST_CASE("what a spawn_handler throws comes out of the constructor, started workers are ended") {
  std::atomic<int> exits{0};
  std::string text;
  try {
    const mp::thread_pool pool({
        .num_threads = 3,
        .on_thread_exit = [&](std::size_t) { ++exits; },
        .spawn_handler =
            [](std::size_t index, std::function<void()> body) {
              if (index == 1) throw std::runtime_error("no more threads");
              return std::thread(std::move(body));
            },
    });
  } catch (const std::runtime_error& e) {
    text = e.what();
  }
  CHECK(text == "no more threads");
  CHECK(exits == 1);
}

TEST_CASE("a pool that could not be made keeps nothing of its options") {
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> life = token;
  const auto make = [&] {
    mp::pool_options options{.num_threads = 1};
    options.spawn_handler = [kept = std::move(token)](std::size_t, std::function<void()>) -> std::thread {
      throw std::runtime_error("no thread");
    };
    const mp::thread_pool pool(std::move(options));
  };
  CHECK_THROWS_WITH(make(), "no thread");
  CHECK(life.expired());
}

TEST_CASE("workers are named after the pool and their index") {
  mp::thread_pool pool({.num_threads = 3, .thread_name = "physics"});
  const auto names = ask_all_workers<std::string>(pool, name_of_this_thread);
  CHECK(names ==
        std::map<std::size_t, std::string>{{0, "physics-0"}, {1, "physics-1"}, {2, "physics-2"}});
}

TEST_CASE("a long name is cut so that the index stays whole") {
  mp::thread_pool pool({.num_threads = 11, .thread_name = "a-very-long-name-for-a-pool"});
  const auto names = ask_all_workers<std::string>(pool, name_of_this_thread);
  REQUIRE(names.size() == 11);
  CHECK(names.at(0) == "a-very-long-n-0");
  CHECK(names.at(10) == "a-very-long--10");
}

TEST_CASE("workers of a pool without a name keep the name of the thread that made it") {
  std::map<std::size_t, std::string> names;
  std::thread([&] {
    pthread_setname_np(pthread_self(), "maker");
    mp::thread_pool pool({.num_threads = 1, .thread_name = ""});
    names = ask_all_workers<std::string>(pool, name_of_this_thread);
  }).join();
  CHECK(names == std::map<std::size_t, std::string>{{0, "maker"}});
}

TEST_CASE("an exit hook may use the pool although the last thing that its worker ran is gone") {
  std::atomic<int> sum{0};
  {
    mp::thread_pool pool({.num_threads = 1, .on_thread_exit = [&](std::size_t) {
                            const auto yields = [&]() -> mp::task<> {
                              co_await mp::yield();
                              ++sum;
                            };
                            mp::sync_wait(yields());
                            mp::join([&] { ++sum; }, [&] { ++sum; });
                          }});
    auto last = pool.spawn_owned([&] { ++sum; });
    while (!last.complete()) std::this_thread::yield();
    last.join();
  }
  REQUIRE(sum == 4);
}
