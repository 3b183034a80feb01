// SPDX-License-Identifier: MIT OR Apache-2.0
// A thread that blocked in an inner call was found by walking upwards, from the inbox in which a
// job had become ready to those who wait for its task, and to those who wait for these. The walk
// gave up after 1,024 groups or where 64 were open at once, and came to the same group by every
// way there was. Then the caller slept for ever, without a worker that was free
//
// - above a chain of 1,024 tasks,
// - above one of 65 coroutines that await the same task,
// - above nine diamonds in a row.
#include "foreign.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <micropool/micropool.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::event;
using micropool_test::gate;

constexpr auto no_spin = std::chrono::nanoseconds(0);
using number_task = mp::shared_task<unsigned>;

mp::task<unsigned> source(event* e) {
  if (e != nullptr) co_await *e;
  co_return 1;
}

mp::task<unsigned> after(number_task t) { co_return 1 + co_await t; }

mp::task<unsigned> after_both(number_task a, number_task b) {
  const unsigned x = co_await a;
  const unsigned y = co_await b;
  co_return x + y;
}

mp::task<unsigned> last_of(std::vector<number_task> all) {
  unsigned last = 0;
  for (const number_task& t : all) last = co_await t;
  co_return last;
}

enum class shape { chain, fan, one_of_a_fan, diamonds, random };
enum class inner { join, scope, loop, sync_wait };

// A graph of tasks that all wait for `first`, and the last of them.
struct graph {
  std::vector<number_task> tasks;
  number_task last;
  unsigned expected = 1;  // of the last
};

graph spawn_graph(mp::thread_pool& pool, shape s, const number_task& first) {
  graph g;
  const auto add = [&](auto&& body) -> const number_task& {
    g.tasks.push_back(pool.spawn_shared(std::forward<decltype(body)>(body)));
    return g.tasks.back();
  };
  g.last = first;
  if (s == shape::chain) {
    const auto length = static_cast<unsigned>(micropool_test::scaled(micropool_test::sized(3'000, 60)));
    for (unsigned k = 0; k < length; ++k) g.last = add(after(g.last));
    g.expected = 1 + length;
  } else if (s == shape::fan || s == shape::one_of_a_fan) {
    for (int k = 0; k < micropool_test::sized(300, 70); ++k) add(after(first));
    g.last = s == shape::fan ? add(last_of(g.tasks)) : g.tasks[g.tasks.size() / 2];
    g.expected = 2;
  } else if (s == shape::diamonds) {
    for (int k = 0; k < 40; ++k) {
      const number_task left = add(after(g.last));
      const number_task right = add(after(g.last));
      g.last = add(after_both(left, right));
      g.expected = 2 * (g.expected + 1);
    }
  } else {
    auto random = micropool_test::seeded_engine("graphs of waits");
    g.tasks.push_back(first);
    std::vector<unsigned> results{1};
    for (int k = 0; k < micropool_test::sized(1'000, 60); ++k) {
      const std::size_t a = random() % g.tasks.size();
      const std::size_t b = g.tasks.size() - 1 - random() % std::min<std::size_t>(3, g.tasks.size());
      results.push_back(results[a] + results[b]);
      add(after_both(g.tasks[a], g.tasks[b]));
    }
    g.last = g.tasks.back();
    g.expected = results.back();
  }
  return g;
}

// Waits for the task inside an inner call.
unsigned wait_inside(mp::thread_pool& pool, inner call, const number_task& t) {
  unsigned result = 0;
  const auto wait = [&] { result = t.join(); };
  pool.install([&] {
    if (call == inner::join) {
      mp::join(wait, [] {});
    } else if (call == inner::scope) {
      mp::scope([&](mp::scope_ref s) { s.fork(wait); });
    } else if (call == inner::loop) {
      mp::par_iter(std::vector<int>{1}).for_each([&](int) { wait(); });
    } else {
      mp::join([&] { result = mp::sync_wait(after(t)) - 1; }, [] {});
    }
  });
  return result;
}

}  // namespace

TEST_CASE("an inner call above any graph of tasks ends, though no worker is free") {
  const std::size_t workers = GENERATE(0u, 2u);
  const shape s =
      GENERATE(shape::chain, shape::fan, shape::one_of_a_fan, shape::diamonds, shape::random);
  const inner call = GENERATE(inner::join, inner::scope, inner::loop, inner::sync_wait);
  const bool suspended = GENERATE(false, true);
  event e;
  gate held;
  mp::thread_pool pool({.num_threads = workers, .idle_spin = no_spin});
  const number_task first = pool.spawn_shared(source(suspended ? &e : nullptr));
  graph g = spawn_graph(pool, s, first);
  std::optional<std::thread> outside;
  if (suspended) {
    // All begin, and wait for each other, before anything can end.
    first.help();
    for (const number_task& t : g.tasks) t.help();
    e.wait_for_waiter();
  }
  std::vector<mp::owned_task<void>> holders;
  for (std::size_t k = 0; k < workers; ++k) {
    holders.push_back(pool.spawn_owned([&held] { held.pass(); }));
  }
  held.wait_for_arrivals(workers);
  if (suspended) {
    const auto before = pool.stats().total().sleeps;
    outside.emplace([&, before] {
      while (pool.stats().total().sleeps == before) std::this_thread::yield();
      e.fire();
    });
  }
  CHECK(wait_inside(pool, call, g.last) == g.expected);
  held.open();
  if (outside) outside->join();
}

// Each has its own place in the graph; none may rely on another, which may be held.
TEST_CASE("several inner calls above the same tasks all end") {
  constexpr std::size_t callers = 4;
  event e;
  mp::thread_pool pool({.num_threads = 0, .idle_spin = no_spin});
  const number_task first = pool.spawn_shared(source(&e));
  first.help();
  graph g = spawn_graph(pool, shape::random, first);
  for (const number_task& t : g.tasks) t.help();
  const std::size_t apart = g.tasks.size() / 10;
  std::vector<std::thread> threads;
  std::vector<unsigned> results(callers);
  for (std::size_t k = 0; k < callers; ++k) {
    const number_task t = g.tasks[g.tasks.size() - 1 - apart * k];
    threads.emplace_back([&, k, t] { results[k] = wait_inside(pool, inner::join, t); });
  }
  while (pool.stats().total().sleeps < callers) std::this_thread::yield();
  e.fire();
  for (std::thread& t : threads) t.join();
  for (std::size_t k = 0; k < callers; ++k) {
    CHECK(results[k] == *g.tasks[g.tasks.size() - 1 - apart * k].try_join());
  }
}
