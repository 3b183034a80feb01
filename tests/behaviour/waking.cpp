// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7: whom a publisher wakes, counted.
#include "place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <poll.h>
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;
using namespace std::chrono_literals;

namespace {

std::uint64_t wakeups(const mp::thread_pool& pool) {
  const auto s = pool.stats();
  return s.total().wakeups_sent + s.wakeups_posted;
}

std::uint64_t sleeps_of_workers(const mp::thread_pool& pool) {
  std::uint64_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker ? p.sleeps : 0;
  return n;
}

// What the handler of a signal can see.
std::atomic<bool> is_held{false};
std::atomic<bool> may_go_on{true};
extern "C" void hold_this_thread(int) {
  const int kept = errno;
  is_held = true;
  while (!may_go_on) ::poll(nullptr, 0, 1);
  is_held = false;
  errno = kept;
}

// The workers of one pool, one of which can be held in the middle of its search, by a signal.
class searching_workers {
public:
  explicit searching_workers(std::size_t count) : threads_(count) {
    struct sigaction action {};
    action.sa_handler = &hold_this_thread;
    ::sigaction(SIGUSR1, &action, &before_);
  }
  ~searching_workers() { ::sigaction(SIGUSR1, &before_, nullptr); }
  searching_workers(const searching_workers&) = delete;
  searching_workers& operator=(const searching_workers&) = delete;

  // For pool_options::on_thread_start.
  auto hook() {
    return [this](std::size_t i) {
      // Workers begin with this signal blocked.
      sigset_t held;
      ::sigemptyset(&held);
      ::sigaddset(&held, SIGUSR1);
      ::pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
      threads_.at(i) = ::pthread_self();
    };
  }
  // The time of a worker that has run a job. Its processor time goes on though nothing runs there:
  // it searches, for what is between the end of a job and the search takes less than that.
  void hold(std::size_t worker, std::chrono::steady_clock::time_point latest) const {
    const auto searches = processor_time(worker) + 5ms;
    while (processor_time(worker) < searches && std::chrono::steady_clock::now() < latest) {
      std::this_thread::yield();
    }
    may_go_on = false;
    ::pthread_kill(threads_.at(worker), SIGUSR1);
    while (!is_held) std::this_thread::yield();
  }
  static void release() {
    may_go_on = true;
    while (is_held) std::this_thread::yield();
  }

private:
  std::chrono::nanoseconds processor_time(std::size_t worker) const {
    clockid_t clock{};
    ::pthread_getcpuclockid(threads_.at(worker), &clock);
    timespec t{};
    ::clock_gettime(clock, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }

  std::vector<pthread_t> threads_;
  struct sigaction before_ {};
};

// Both publish a job, call `look`, and return the worker that has run the job; no other does.
std::size_t spawn_one(mp::thread_pool& pool, const std::function<void()>& look) {
  auto t = pool.spawn_owned([] { return mp::this_thread_index().value(); });
  look();
  while (!t.complete()) std::this_thread::yield();
  return t.join();
}
std::size_t fork_one(mp::thread_pool& pool, const std::function<void()>& look) {
  countdown taken(1);
  return std::get<1>(pool.join(
      [&] {
        look();
        taken.wait();
      },
      [&] {
        taken.arrive();
        return mp::this_thread_index().value();
      }));
}

}  // namespace

TEST_CASE("promise 7: a burst of jobs wakes at most one sleeper per job") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = std::chrono::nanoseconds(0)});
  micropool_test::meet_all_workers(pool);
  const auto before = pool.stats().total().wakeups_sent;
  std::uint64_t published = 0;
  std::atomic<std::uint64_t> run{0};
  for (std::uint64_t round = 0; round < 300; ++round) {
    pool.scope([&](mp::scope_ref s) {
      for (std::uint64_t i = 0; i <= round % 8; ++i, ++published) s.fork([&] { ++run; });
    });
  }
  REQUIRE(run == published);
  REQUIRE(pool.stats().total().wakeups_sent - before <= published);
}

TEST_CASE("promise 7: who publishes wakes no caller that waits for something else") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  // The worker is held in a branch of a caller that sleeps.
  gate taken;
  gate held;
  std::thread caller([&] {
    pool.join([&] { taken.wait_for_arrivals(1); },
              [&] {
                taken.open();
                taken.pass();
                held.pass();
              });
  });
  const open_at_exit opener(held);
  held.wait_for_arrivals(1);
  const auto caller_sleeps = [&] {
    std::uint64_t n = 0;
    for (const auto& p : pool.stats().participants) n += p.is_worker ? 0 : p.sleeps;
    return n;
  };
  while (caller_sleeps() == 0) std::this_thread::yield();
  const auto before = pool.stats().total();
  std::atomic<int> run{0};
  for (int i = 0; i < 1000; ++i) {
    pool.join([&] { ++run; }, [&] { ++run; });
    pool.scope([&](mp::scope_ref s) { s.fork([&] { ++run; }); });
  }
  const auto after = pool.stats().total();
  held.open();
  caller.join();
  REQUIRE(run == 3000);
  REQUIRE(after.wakeups_sent == before.wakeups_sent);
}

TEST_CASE("promise 7: a publisher wakes no thread while one worker searches and the others sleep") {
  using clock = std::chrono::steady_clock;
  const auto publish = GENERATE(&spawn_one, &fork_one);
  constexpr std::size_t workers = 4;
  constexpr auto idle_spin = 500ms;
  for (bool told = false; !told;) {
    searching_workers all(workers);
    mp::thread_pool pool(
        {.num_threads = workers, .idle_spin = idle_spin, .on_thread_start = all.hook()});
    while (sleeps_of_workers(pool) < workers) std::this_thread::yield();
    const auto latest = clock::now() + idle_spin;
    const auto searcher = publish(pool, [] {});
    const auto before = wakeups(pool);
    // Otherwise it could take the job before the publisher looks who searches.
    all.hold(searcher, latest);
    // It may have gone to sleep before, if the machine is busy: then once more from the start.
    told = clock::now() < latest;
    auto after = before;
    publish(pool, [&] {
      after = wakeups(pool);
      all.release();
    });
    if (told) REQUIRE(after == before);
  }
}
