// SPDX-License-Identifier: MIT OR Apache-2.0
// Random programs of every call of the library, as nested as they come: plain code and coroutines
// that call each other on two pools of no to two workers each, cancel and drop tasks, make pools
// that end inside, migrate, and lose handles. A program is a number. What it begins must run as
// often as it is asked for: once, or for what was cancelled, never.
#include "../pools.hpp"

#include <array>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

using namespace micropool_test;
using simulation::check;

namespace {

// What one program has begun, and what of that has run, been cancelled, or lost its handle.
class program {
public:
  explicit program(std::uint64_t seed) : seed_(seed) {}

  void run() {
    std::minstd_rand g(seed_);
    g.discard(5);
    mp::thread_pool first(workers(g() % 3)), second(workers(g() % 3));
    pools_ = {&first, &second};
    const seed s = g();
    switch (g() % 4) {
      case 0:
        first.install([&] { plain(s, depth); });
        break;
      case 1:
        first.sync_wait(coroutine(s, depth));
        break;
      case 2:
        second.spawn_owned([&] { plain(s, depth); }).join();
        break;
      default:
        first.spawn_owned(coroutine(s, depth)).join();
        break;
    }
    for (std::thread& t : outside_) t.join();
  }
  void check_counts() const {
    check(begun_ == ran_ + cancelled_, "everything ran once or was cancelled");
  }

private:
  using seed = std::uint32_t;
  static constexpr int depth = 3;

  // Numbers that depend on the place in the program only.
  struct numbers {
    std::minstd_rand g;
    seed a, b;
    numbers(seed s, int d, seed salt) : g(s * salt + static_cast<seed>(d) + 1) {
      g.discard(3);
      a = g();
      b = g();
    }
    unsigned below(unsigned n) { return static_cast<unsigned>(g()) % n; }
  };

  mp::thread_pool& pool_of(seed s) { return *pools_[s & 1]; }
  void begin() { begun_.fetch_add(1, std::memory_order_relaxed); }
  void end() { ran_.fetch_add(1, std::memory_order_relaxed); }
  // The thread may go on with the coroutine, so it is not the coroutine that waits for its end.
  void abandon_elsewhere(signal& s) {
    const std::lock_guard lock(mutex_);
    outside_.emplace_back([&s] { s.abandon(); });
  }
  void note_cancelled(bool was) { cancelled_.fetch_add(was ? 1 : 0, std::memory_order_relaxed); }

  // A task that may be cancelled does one thing, so that it either counts or not.
  auto small_task() {
    begin();
    return [this] { end(); };
  }

  void plain(seed s, int d) {
    begin();
    end();
    if (d == 0) return;
    numbers n(s, d, 7919);
    const auto one = [&, d] { plain(n.a, d - 1); };
    const auto other = [&, d] { plain(n.b, d - 1); };
    switch (n.below(12)) {
      case 0:
        mp::join(one, other);
        break;
      case 1:
        mp::scope([&](mp::scope_ref in) {
          in.fork([&] { one(); });
          in.fork([&] { other(); });
        });
        break;
      case 2:
        mp::sync_wait(coroutine(n.a, d - 1));
        break;
      case 3: {
        auto t = mp::spawn_owned(one);
        other();
        t.join();
        break;
      }
      case 4: {
        auto t = mp::spawn_shared(coroutine(n.a, d - 1));
        auto u = t;
        t.help();
        u.join();
        break;
      }
      case 5:
        mp::par_range(3).with(mp::split_per_item()).for_each([&](auto i) {
          if (i < 2) plain(n.a + static_cast<seed>(i), d - 1);
        });
        break;
      case 6:
        pool_of(n.a).install(other);
        break;
      case 7: {
        auto t = mp::spawn_owned(coroutine(n.a, d - 1));
        if (!t.try_join()) t.join();
        break;
      }
      case 8: {
        auto t = pool_of(n.b).spawn_owned(small_task());
        other();
        note_cancelled(t.cancel());
        break;
      }
      case 9: {
        auto t = mp::spawn_shared(small_task());
        auto u = t;
        note_cancelled(t.cancel());
        other();
        note_cancelled(u.cancel());
        break;
      }
      case 10: {
        mp::thread_pool inner(workers(n.b % 2));
        const auto dropped = inner.spawn_owned(small_task());
        inner.install(one);
        break;
      }
      default:
        mp::sync_wait(mp::stackful([&, d] {
          mp::await(coroutine(n.a, d - 1));
          other();
        }));
    }
  }

  mp::task<> coroutine(seed s, int d) {
    begin();
    end();
    if (d == 0) co_return;
    numbers n(s, d, 104'729);
    switch (n.below(10)) {
      case 0:
        co_await mp::join(coroutine(n.a, d - 1), coroutine(n.b, d - 1));
        break;
      case 1:
        co_await mp::yield();
        co_await coroutine(n.a, d - 1);
        break;
      case 2: {
        const auto body = [&](mp::scope_ref in) -> mp::task<> {
          in.fork(coroutine(n.a, d - 1));
          in.fork([&] { plain(n.b, d - 1); });
          co_await mp::yield();
        };
        co_await mp::scope(body);
        break;
      }
      case 3: {
        auto t = mp::spawn_shared(coroutine(n.a, d - 1));
        auto u = t;
        co_await u;
        co_await t;
        break;
      }
      case 4:
        co_await mp::resume_on(pool_of(n.a));
        co_await coroutine(n.b, d - 1);
        break;
      case 5:
        plain(n.a, d - 1);
        break;
      case 6: {
        auto t = mp::spawn_owned(coroutine(n.a, d - 1));
        co_await coroutine(n.b, d - 1);
        co_await std::move(t);
        break;
      }
      case 7: {
        auto t = pool_of(n.b).spawn_owned(coroutine(n.a, d - 1));
        co_await mp::yield();
        co_await std::move(t);
        break;
      }
      case 8: {
        auto t = pool_of(n.b).spawn_shared(small_task());
        co_await coroutine(n.a, d - 1);
        note_cancelled(t.cancel());
        break;
      }
      default: {
        signal lost;
        abandon_elsewhere(lost);
        try {
          co_await lost;
        } catch (const mp::operation_abandoned&) {
        }
        co_await coroutine(n.a, d - 1);
      }
    }
  }

  const std::uint64_t seed_;
  std::array<mp::thread_pool*, 2> pools_{};
  std::mutex mutex_;
  std::vector<std::thread> outside_;
  std::atomic<int> begun_{0}, ran_{0}, cancelled_{0};
};

}  // namespace

TEST_CASE("random: every call in every other, on two pools") {
  using clock = std::chrono::steady_clock;
  const auto seconds = env_number("MICROPOOL_SIM_SECONDS");
  const auto end = clock::now() + std::chrono::seconds(seconds.value_or(0));
  const std::uint64_t first = env_number("MICROPOOL_TEST_SEED").value_or(1);
  const std::size_t n = scaled(1'500);
  for (std::uint64_t k = 0; seconds ? clock::now() < end : k < n; ++k) {
    const bool by_priorities = k % 2 == 0;
    const simulation::result r = simulation::explore(
        {.by = by_priorities ? simulation::strategy::priorities : simulation::strategy::random,
         .executions = 1,
         .first_seed = first + k,
         .changes = 5,
         .steps = 3'000},
        [&] {
          program p(first + k);
          p.run();
          p.check_counts();
        });
    INFO("program " << first + k);
    INFO(r.account);
    REQUIRE(r.failure == "");
  }
}
