// SPDX-License-Identifier: MIT OR Apache-2.0
// Background tasks and what their handles can do.
#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

mp::task<int> number(int n) {
  co_return n;
}

// [snippet: first]
int in_the_background() {
  mp::owned_task<int> t = mp::spawn_owned([] { return 6 * 7; });  // queued: a worker may take it
  auto [a, b] = mp::join([] { return 1; }, [] { return 2; });     // while it waits, this goes first
  return t.join() + a + b;                                        // runs it here if no worker has
}
// [end]

// [snippet: results]
void results() {
  std::string text = "old";
  auto made = mp::spawn_owned([] { return std::make_unique<int>(7); });  // move-only
  auto entry = mp::spawn_owned([&]() -> std::string& { return text; });  // a reference
  auto task = mp::spawn_owned(number(1));                                // a task,
  auto later = mp::spawn_owned([] { return number(2); });                // or what makes one
  entry.join() = "new";
  check(*made.join() == 7 && text == "new");
  check(task.join() + later.join() == 3);
}
// [end]

// [snippet: shared]
std::size_t computed_once() {
  std::atomic<int> runs{0};
  const mp::shared_task<std::string> text = mp::spawn_shared([&runs] {
    ++runs;
    return std::string("computed once");
  });
  auto [a, b] = mp::join([text] { return text.join().size(); },  // const std::string&
                         [text] { return text.join().size(); });
  check(runs == 1);
  return a + b + text.join().size();  // as often as you like
}
// [end]

// [snippet: await]
mp::task<int> awaited() {
  mp::owned_task<int> owned = mp::spawn_owned(number(1));
  const mp::shared_task<int> shared = mp::spawn_shared(number(2));
  const int a = co_await std::move(owned);  // gives the result away, hence the move
  const int b = co_await shared;            // an lvalue: the handle stays
  co_return a + b + co_await shared;
}

mp::task<int> handles_are_awaitables() {
  auto one = mp::spawn_owned(number(1));
  auto two = mp::spawn_owned(number(2));
  auto [a, b] = co_await mp::join(std::move(one), std::move(two));
  co_return a + b;
}
// [end]

// [snippet: graph]
// As many paths lead to a cell as to the one above it and to the one on its left.
using cell = mp::shared_task<long>;

mp::task<long> sum_of(cell above, cell left) {
  const long a = co_await above;
  const long b = co_await left;
  co_return a + b;
}

long paths_through_a_grid(std::size_t side) {
  std::vector<cell> row;
  for (std::size_t x = 0; x < side; ++x) row.push_back(mp::spawn_shared([] { return 1L; }));
  for (std::size_t y = 1; y < side; ++y) {
    for (std::size_t x = 1; x < side; ++x) row[x] = mp::spawn_shared(sum_of(row[x], row[x - 1]));
  }
  return row.back().join();  // runs what it depends on, in an order that the awaits allow
}
// [end]

// [snippet: try_join]
int frames_until_it_is_there(mp::thread_pool& pool, int& result) {
  mp::owned_task<int> loading = pool.spawn_owned([] { return 42; });
  for (int frames = 0;; ++frames) {
    if (std::optional<int> loaded = loading.try_join()) {  // never waits, and never runs it
      result = *loaded;
      return frames;
    }
    mp::join([] { /* this frame's work */ }, [] {});
  }
}
// [end]

// [snippet: help]
void help_runs_it_here() {
  mp::thread_pool pool({.num_threads = 0});
  auto t = pool.spawn_owned([] { return 42; });
  check(!t.complete());  // there is no thread to run it
  t.help();              // until there is nothing left to take
  check(t.complete());
  check(t.join() == 42);
}
// [end]

// [snippet: cancel]
void cancel() {
  mp::thread_pool pool({.num_threads = 0});
  auto token = std::make_shared<int>(0);
  auto owned = pool.spawn_owned([token] { ++*token; });
  check(owned.cancel());  // it had not started, and now never will
  check(token.use_count() == 1);
  check(!owned);  // the handle is empty either way

  auto shared = pool.spawn_shared([token] { ++*token; });
  auto other = shared;
  check(!shared.cancel());  // not yet: another handle may want it
  check(other.cancel());    // the last handle: now
  check(*token == 0);
}
// [end]

// [snippet: empty]
bool an_empty_handle() {
  auto t = mp::spawn_owned([] { return 1; });
  t.join();
  try {
    t.join();  // the first join has taken the result
  } catch (const mp::empty_handle&) {
    return true;
  }
  return false;
}
// [end]

// [snippet: exceptions]
void exceptions_arrive_at_the_join() {
  auto fails = mp::spawn_owned([]() -> int { throw std::runtime_error("disk full"); });
  std::string arrived;
  try {
    fails.join();
  } catch (const std::runtime_error& error) {
    arrived = error.what();
  }
  check(arrived == "disk full");
}

void exceptions_nobody_can_get() {
  std::atomic<int> reported{0};
  mp::pool_options options;
  options.num_threads = 1;
  std::string origin;
  options.on_unhandled_exception = [&](std::exception_ptr, const mp::exception_origin& from) {
    ++reported;
    origin = from.text();
  };
  {
    mp::thread_pool pool(std::move(options));
    auto dropped = pool.spawn_owned([] { throw std::runtime_error("no handle is left"); });
  }  // detaches the task, then the pool runs what is queued
  check(reported == 1);
  check(origin.starts_with("the task spawned at ") && origin.find("spawn.cpp:") != origin.npos);
}
// [end]

int main() {
  check(in_the_background() == 45);
  results();
  check(computed_once() == 39);
  check(mp::sync_wait(awaited()) == 5);
  check(mp::sync_wait(handles_are_awaitables()) == 3);
  check(paths_through_a_grid(4) == 20);
  mp::thread_pool pool({.num_threads = 1});
  int result = 0;
  check(frames_until_it_is_there(pool, result) >= 0);
  check(result == 42);
  help_runs_it_here();
  cancel();
  check(an_empty_handle());
  exceptions_arrive_at_the_join();
  exceptions_nobody_can_get();
}
