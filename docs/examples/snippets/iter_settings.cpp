// SPDX-License-Identifier: MIT OR Apache-2.0
// How a parallel iterator runs: splits, pools, awaiting, tiers, stopping.
#include <micropool/micropool.hpp>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

double work(double x) {
  return std::sqrt(x) * std::sin(x);
}

// [snippet: splits]
double splits(const std::vector<double>& v) {
  double sum = mp::par_iter(v).map(work).sum();                   // split_auto(): the default
  sum += mp::par_iter(v).map(work).with(mp::split_by(8)).sum();   // 8 chunks of the same size
  sum += mp::par_iter(v).with(mp::split_per(1000)).map(work).sum();  // of 1000 items
  sum += mp::par_iter(v).map(work).with(mp::split_per_item()).sum();
  sum += mp::par_iter(v).map(work).with(mp::split_by_threads()).sum();  // one for each thread
  return sum;
}
// [end]

// [snippet: pools]
void on_a_pool_of_its_own(std::vector<double>& v) {
  mp::thread_pool pool({.num_threads = 2});
  pool.install([&] { mp::par_iter(v).for_each([](double& x) { x = work(x); }); });  // any split
  mp::par_iter(v).with(pool.split_by_threads()).for_each([](double& x) { x = work(x); });
}
// [end]

// [snippet: async]
mp::task<double> awaited(const std::vector<double>& v) {
  auto sum = mp::par_iter(v).map(work).async().sum();  // a mp::task<double>: starts when awaited
  co_return co_await std::move(sum);
}
// [end]

// [snippet: tasks]
mp::task<double> fetched(std::size_t i) {  // of a database, say
  co_return static_cast<double>(i);
}

mp::task<std::vector<double>> bodies_that_are_tasks(std::size_t n) {
  std::vector<double> results(n);
  const auto fetch_one = [](std::size_t i, double& result) -> mp::task<> {
    result = work(co_await fetched(i));  // suspends the body, not the thread
  };
  co_await mp::par_iter(results).enumerate().for_each(fetch_one);
  co_return results;
}
// [end]

// [snippet: tasks_that_fail]
mp::task<bool> all_can_be_fetched(const std::vector<std::size_t>& ids) {
  const auto succeeds = [](std::size_t i) -> mp::task<bool> { co_return co_await fetched(i) >= 0; };
  co_return co_await mp::par_iter(ids).try_for_each(succeeds);
}
// [end]

// [snippet: background]
mp::task<double> beside_the_frames(std::vector<double> v) {
  co_return co_await mp::par_iter(v).map(work).background().async().sum();
}

double background(std::vector<double> v) {
  mp::owned_task<double> sum = mp::spawn_owned(beside_the_frames(std::move(v)));
  mp::join([] { /* this frame's work */ }, [] {});  // other threads leave the loop for this
  return sum.join();                                // lifts what is left
}
// [end]

// [snippet: stop_on]
std::size_t until_somebody_stops_it() {
  std::stop_source stop;
  std::atomic<std::size_t> done{0};
  try {
    mp::par_range(1'000'000'000).stop_on(stop.get_token()).for_each([&](int) {
      if (++done == 1000) stop.request_stop();
    });
    check(false);  // a thousand million were not done in that time
  } catch (const mp::operation_stopped&) {
  }
  return done;
}
// [end]

// [snippet: nested]
double nested(const std::vector<std::vector<double>>& rows) {
  const auto sum_of_row = [](const std::vector<double>& row) { return mp::par_iter(row).sum(); };
  return mp::par_iter(rows).map(sum_of_row).sum();
}
// [end]

int main() {
  std::vector<double> v(10'000, 1.0);
  check(splits(v) > 42'000);
  on_a_pool_of_its_own(v);
  check(v.front() == work(work(1)));
  v.assign(v.size(), 1.0);
  check(mp::sync_wait(awaited(v)) == mp::par_iter(v).map(work).sum());
  check(mp::sync_wait(bodies_that_are_tasks(100)).back() == work(99));
  check(mp::sync_wait(all_can_be_fetched({1, 2, 3})));
  check(background(v) > 8000);
  check(until_somebody_stops_it() >= 1000);
  check(nested({{1, 2}, {}, {3}}) == 6);
}
