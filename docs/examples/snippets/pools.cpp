// SPDX-License-Identifier: MIT OR Apache-2.0
// Pools of one's own: options, hooks, and which pool a call uses.
#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "check.hpp"

namespace mp = micropool;

mp::task<int> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

// [snippet: options]
int on_a_pool_of_its_own() {
  using namespace std::chrono_literals;
  mp::thread_pool pool({.num_threads = 3, .idle_spin = 50us, .thread_name = "physics"});
  check(pool.num_threads() == 3);
  return pool.sync_wait(fib(15));  // on three workers and this thread
}
// [end]

// [snippet: install]
void install_decides_for_free_functions() {
  mp::thread_pool outer({.num_threads = 2});
  mp::thread_pool inner({.num_threads = 1});
  outer.install([&] {
    check(mp::num_threads() == 2);
    inner.install([] { check(mp::num_threads() == 1); });  // may nest
    check(mp::num_threads() == 2);
    mp::join([] { check(mp::num_threads() == 2); },  // on `outer`, on any thread
             [] { check(mp::num_threads() == 2); });
  });
}
// [end]

// [snippet: no_workers]
int the_caller_does_everything() {
  mp::thread_pool pool({.num_threads = 0});
  const auto caller = std::this_thread::get_id();
  pool.join([=] { check(std::this_thread::get_id() == caller); },
            [=] { check(std::this_thread::get_id() == caller); });
  return pool.sync_wait(fib(15));
}
// [end]

// [snippet: hooks]
void hooks() {
  std::atomic<int> started{0};
  std::atomic<int> ended{0};
  {
    mp::pool_options options;
    options.num_threads = 2;
    options.on_thread_start = [&](std::size_t) { ++started; };
    options.on_thread_exit = [&](std::size_t) { ++ended; };
    // Starts the threads: here is where a priority or a job object would be set.
    options.spawn_handler = [](std::size_t, std::function<void()> body) {
      return std::thread(std::move(body));
    };
    mp::thread_pool pool(std::move(options));
    check(pool.sync_wait(fib(10)) == 55);
  }  // runs what is queued, then joins its threads
  check(started == 2);
  check(ended == 2);
}
// [end]

// [snippet: bad_options]
bool nonsense_is_refused() {
  try {
    mp::pool_options options;
    options.spawn_handler = [](std::size_t, std::function<void()>) { return std::thread(); };
    mp::thread_pool pool(std::move(options));  // a thread that does not run
  } catch (const std::invalid_argument& error) {
    return std::string(error.what()).find("spawn_handler") != std::string::npos;
  }
  return false;
}
// [end]

// [snippet: resume_on]
mp::task<std::size_t> on_the_other_pool(mp::thread_pool& disk) {
  co_await mp::resume_on(disk);  // from here on part of `disk`, and so is what it forks
  const std::size_t workers = mp::num_threads();
  co_await mp::yield();  // lets others go first
  co_return workers;
}

std::size_t switch_pools() {
  mp::thread_pool cpu({.num_threads = 1});
  mp::thread_pool disk({.num_threads = 2, .thread_name = "disk"});
  return cpu.sync_wait(on_the_other_pool(disk));
}
// [end]

// [snippet: stats]
std::uint64_t jobs_that_changed_threads() {
  mp::thread_pool pool({.num_threads = 1});
  check(pool.sync_wait(fib(15)) == 610);
  const mp::pool_stats stats = pool.stats();
  for (const mp::participant_stats& each : stats.participants) {
    check(each.jobs_stolen <= each.jobs_run);
  }
  return stats.total().jobs_stolen;
}
// [end]

int main() {
  check(on_a_pool_of_its_own() == 610);
  install_decides_for_free_functions();
  check(the_caller_does_everything() == 610);
  hooks();
  check(nonsense_is_refused());
  check(switch_pools() == 2);
  jobs_that_changed_threads();
}
