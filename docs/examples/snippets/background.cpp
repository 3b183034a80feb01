// SPDX-License-Identifier: MIT OR Apache-2.0
// The background tier: who runs such tasks, when, and what becomes of them when their pool ends.
#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <latch>
#include <numeric>
#include <semaphore>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

void some_work() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
  while (std::chrono::steady_clock::now() < end) {
  }
}

// [snippet: detach]
void fire_and_forget() {
  std::atomic<int> written{0};
  {
    mp::thread_pool pool({.num_threads = 1});
    { auto dropped = pool.spawn_owned([&] { ++written; }); }  // detached, but not forgotten
  }  // runs what is queued
  check(written == 1);
}
// [end]

// [snippet: join_runs_it]
void a_join_does_not_queue_up() {
  mp::thread_pool pool({.num_threads = 0});
  std::atomic<int> others{0};
  std::vector<mp::owned_task<void>> before;
  for (int i = 0; i < 1000; ++i) before.push_back(pool.spawn_owned([&] { ++others; }));
  auto wanted = pool.spawn_owned([] { return 42; });  // behind a thousand others
  check(wanted.join() == 42);
  check(others == 0);  // none of which had to run first
}
// [end]

// [snippet: begins_soon]
int answers_beside_a_long_loop() {
  std::atomic<bool> answered{false};  // before the pools: the task still uses it after the loop
  mp::thread_pool frames({.num_threads = 1}), answers({.num_threads = 1});
  frames.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 2; ++i) s.fork([&] { answered.wait(false); });  // every thread of `frames` is busy
    auto answer = answers.spawn_owned([&] {                             // begins all the same
      answered = true;
      answered.notify_all();
    });
  });
  return answered ? 0 : 1;
}
// [end]

// [snippet: foreground_first]
void foreground_first() {
  mp::thread_pool pool({.num_threads = 1});
  std::binary_semaphore started{0}, go_on{0};
  auto busy = pool.spawn_owned([&] {  // keeps the worker busy while the next one is queued
    started.release();
    go_on.acquire();
  });
  started.acquire();
  std::atomic<bool> begun{false};
  auto queued = pool.spawn_owned([&] { begun = true; });

  std::atomic<int> late{0};
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 100; ++i) {
      s.fork([&] {
        some_work();
        late += begun ? 1 : 0;
      });
    }
    go_on.release();  // from now on the worker takes children too ...
  });
  queued.join();
  busy.join();
  check(late <= 1);  // ... and `queued` only when the last child had been taken
}
// [end]

// [snippet: limit]
int most_at_the_same_time() {
  mp::thread_pool pool({.num_threads = 3, .background_limit = 1});
  std::atomic<int> running{0}, most{0};
  std::latch ended(100);
  std::vector<mp::owned_task<void>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(pool.spawn_owned([&] {
      most = std::max<int>(most, ++running);
      some_work();
      --running;
      ended.count_down();
    }));
  }
  ended.wait();  // not join(): a caller that joins may run the task itself, and needs no place
  for (auto& t : tasks) t.join();
  return most;
}
// [end]

// [snippet: yield]
mp::task<long> sum_in_a_coroutine(std::span<const int> values) {
  long sum = 0;
  while (!values.empty()) {
    const auto piece = values.first(std::min<std::size_t>(values.size(), 4096));
    sum = std::accumulate(piece.begin(), piece.end(), sum);
    values = values.subspan(piece.size());
    co_await mp::yield();  // back to the queue; the thread looks for foreground work first
  }
  co_return sum;
}
// [end]

// [snippet: drain]
void the_end_of_a_pool_runs_what_is_queued() {
  mp::owned_task<int> kept;
  {
    mp::thread_pool pool({.num_threads = 0});
    kept = pool.spawn_owned([] {
      // From inside, more may be spawned up to the end. The drain runs that as well.
      return 1 + mp::spawn_owned([] { return 6; }).join();
    });
  }  // runs the task, on this thread where there are no workers
  check(kept.complete());
  check(kept.join() == 7);  // the handle outlives the pool
}
// [end]

// [snippet: cancel_queued]
bool or_cancels_it() {
  mp::thread_pool pool({.num_threads = 0});
  auto t = pool.spawn_owned([] { return 7; });
  pool.shutdown(mp::shutdown::cancel_queued);
  try {
    mp::owned_task<int> too_late = pool.spawn_owned([] { return 8; });
    return false;
  } catch (const mp::pool_stopped&) {  // nothing was queued
  }
  try {
    t.join();
  } catch (const mp::task_cancelled&) {  // it never ran
    return true;
  }
  return false;
}
// [end]

// [snippet: without_workers]
mp::task<int> awaits(mp::shared_task<int> t) {
  co_return co_await t;
}

void another_pool_serves_it() {
  mp::thread_pool none({.num_threads = 0});
  mp::thread_pool some({.num_threads = 1});
  const auto queued = none.spawn_shared([] { return 6; });
  auto elsewhere = some.spawn_owned(awaits(queued));
  while (!elsewhere.complete()) std::this_thread::yield();  // runs nothing: the worker of `some` does
  check(elsewhere.join() == 6);
}
// [end]

int main() {
  fire_and_forget();
  a_join_does_not_queue_up();
  check(answers_beside_a_long_loop() == 0);
  foreground_first();
  check(most_at_the_same_time() == 1);
  const std::vector<int> values(100000, 2);
  check(mp::spawn_owned(sum_in_a_coroutine(values)).join() == 200000);
  the_end_of_a_pool_runs_what_is_queued();
  check(or_cancels_it());
  another_pool_serves_it();
}
