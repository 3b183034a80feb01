// SPDX-License-Identifier: MIT OR Apache-2.0
// Waiting: what ends it, what does not, and which words describe a wait that does not end.
#include "litmus.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <thread>

using namespace micropool_test;
using namespace std::chrono_literals;
using simulation::threads;

namespace {

simulation::result exhausted(const std::function<void()>& program) {
  return simulation::explore({.by = simulation::strategy::exhaustive, .executions = 200'000},
                             program);
}

}  // namespace

TEST_CASE("mutexes exclude, and order what their holders do") {
  const auto r = exhausted([] {
    struct shared {
      std::mutex m;
      int count = 0;
    };
    const auto s = std::make_unique<shared>();
    const auto add = [&] {
      const std::lock_guard lock(s->m);
      ++s->count;
    };
    threads(add, add, add);
    simulation::check(s->count == 3, "count");
  });
  CHECK(r.failure == "");
  CHECK(r.is_complete);
}

TEST_CASE("two mutexes that are taken in either order: a deadlock, and who waits for what") {
  const auto r = exhausted([] {
    const auto m = std::make_unique<std::array<std::mutex, 2>>();
    threads([&] { const std::scoped_lock a((*m)[0]); const std::scoped_lock b((*m)[1]); },
            [&] { const std::scoped_lock a((*m)[1]); const std::scoped_lock b((*m)[0]); });
  });
  CHECK_THAT(r.failure, contains("deadlock"));
  CHECK_THAT(r.failure, contains("thread 1 waits for a mutex"));
  CHECK_THAT(r.failure, contains("thread 2 waits for a mutex"));
}

TEST_CASE("a wake-up before the wait is lost without a flag, and found") {
  const auto program = [](bool with_flag) {
    return [with_flag] {
      struct shared {
        std::mutex m;
        std::condition_variable c;
        bool flag = false;
      };
      const auto s = std::make_unique<shared>();
      threads(
          [&] {
            std::unique_lock lock(s->m);
            if (with_flag) {
              s->c.wait(lock, [&] { return s->flag; });
            } else {
              s->c.wait(lock);
            }
          },
          [&] {
            const std::lock_guard lock(s->m);
            s->flag = true;
            s->c.notify_one();
          });
    };
  };
  CHECK(exhausted(program(true)).failure == "");
  CHECK_THAT(exhausted(program(false)).failure, contains("waits for a condition variable"));
}

TEST_CASE("atomic waits and semaphores end once they are notified") {
  CHECK(exhausted([] {
          const auto v = std::make_unique<variables>();
          threads([&] { v->x.wait(0); simulation::check(v->plain == 1, "seen"); },
                  [&] { v->plain = 1, v->x.store(1, release), v->x.notify_one(); });
        }).failure == "");
  CHECK(simulation::explore({.executions = 2'000}, [] {
          const auto s = std::make_unique<std::counting_semaphore<2>>(0);
          threads([&] { s->acquire(); }, [&] { s->acquire(); }, [&] { s->release(2); });
        }).failure == "");
}

TEST_CASE("time passes when nothing else can happen") {
  CHECK(exhausted([] {
          const auto before = std::chrono::steady_clock::now();
          std::this_thread::sleep_for(24h);
          simulation::check(std::chrono::steady_clock::now() - before >= 24h, "a day later");
        }).failure == "");
}

TEST_CASE("a thread that yields until another acts does not starve it") {
  const auto r = exhausted([] {
    const auto v = std::make_unique<variables>();
    threads([&] { while (v->x.load(acquire) == 0) std::this_thread::yield(); },
            [&] { while (v->x.load(acquire) == 0) std::this_thread::yield(); },
            [&] { v->x.store(1, release); });
  });
  CHECK(r.failure == "");
  CHECK(r.is_complete);
}

TEST_CASE("a loop without end is stopped") {
  const auto r = simulation::explore({.executions = 10, .step_limit = 5'000}, [] {
    const auto v = std::make_unique<variables>();
    threads([&] { while (v->x.load(acquire) == 0) std::this_thread::yield(); }, [] {});
  });
  CHECK_THAT(r.failure, contains("no end after 5000 steps"));
}

TEST_CASE("each thread has its own thread_local variables, errno and exceptions") {
  static thread_local int mine = 5;
  CHECK(exhausted([] {
          const auto v = std::make_unique<variables>();
          const auto body = [&] {
            simulation::check(mine == 5, "initialised");
            ++mine;
            errno = mine;
            try {
              v->x.fetch_add(1);
              throw std::runtime_error("one");
            } catch (const std::exception& e) {
              v->x.fetch_add(1);
              simulation::check(std::string(e.what()) == "one", "caught");
            }
            simulation::check(mine == 6 && errno == 6, "not another thread's");
          };
          threads(body, body);
        }).failure == "");
}

TEST_CASE("a function-local static is initialised once") {
  CHECK(exhausted([] {
          struct counted {
            explicit counted(std::atomic<int>& n) { n.fetch_add(1, relaxed); }
          };
          const auto v = std::make_unique<variables>();
          const auto body = [&] { static const counted once(v->x); };
          threads(body, body);
          simulation::check(v->x.load(relaxed) == 1, "once");
        }).failure == "");
}

TEST_CASE("the same seed gives the same execution") {
  const auto steps_of = [](std::uint64_t seed) {
    const auto r = simulation::explore({.executions = 1, .first_seed = seed}, [] {
      const auto v = std::make_unique<variables>();
      int sums[3] = {};
      const auto body = [&](int i) {
        for (int n = 1; n <= 20; ++n) sums[i] += n * v->x.fetch_add(1, relaxed);
      };
      threads([&] { body(0); }, [&] { body(1); }, [&] { body(2); });
      for (const int sum : sums) simulation::note(sum);
    });
    return r.outcomes;
  };
  for (std::uint64_t seed = 1; seed < 20; ++seed) CHECK(steps_of(seed) == steps_of(seed));
  CHECK(steps_of(1) != steps_of(2));
}
