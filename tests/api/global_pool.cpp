// SPDX-License-Identifier: MIT OR Apache-2.0
// The global pool: its start, and its use until the very end of the process.
#include "catch.hpp"
#include "child_process.hpp"
#include "gate.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstdio>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> value(int n) { co_return n; }

// Uses every kind of call; 15 if all of them work.
int use_everything() {
  int sum = 0;
  const auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
  sum += a + b;
  std::atomic<int> forked{0};
  mp::scope([&](mp::scope_ref s) {
    for (int i = 0; i < 4; ++i) s.fork([&] { ++forked; });
  });
  sum += forked;
  const auto [c, d] = mp::sync_wait(mp::join(value(3), value(5)));
  return sum + c + d;
}

void report(const char* when) {
  std::printf("%s: %d\n", when, use_everything());
  std::fflush(stdout);
}

// Uses the pool when it is destroyed.
struct user_at_exit {
  const char* when;
  ~user_at_exit() { report(when); }
};

}  // namespace

TEST_CASE("a spawn_handler that uses the global pool which it is starting is told so") {
  const auto child = mt::run_as_child("child: a spawn handler uses the global pool");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("spawn_handler"));
  CHECK_THAT(child.output, mt::contains("use it after init_global_pool() has returned"));
  CHECK_THAT(child.output, mt::contains("and then: 15"));
}

TEST_CASE("child: a spawn handler uses the global pool", "[.child]") {
  mp::pool_options o{.num_threads = 1};
  o.spawn_handler = [](std::size_t, std::function<void()> body) {
    try {
      mp::join([] {}, [] {});
    } catch (const std::logic_error& e) {
      std::puts(e.what());
    }
    return std::thread(std::move(body));
  };
  mp::init_global_pool(o);
  report("and then");
}

TEST_CASE("free functions outside any pool use the global pool") {
  auto& global = mp::current_pool();
  CHECK(&mp::current_pool() == &global);
  CHECK(mp::num_threads() == global.num_threads());
  CHECK(mp::num_threads() >= 1);
  mp::thread_pool* on_other_thread = nullptr;
  std::thread([&] { on_other_thread = &mp::current_pool(); }).join();
  CHECK(on_other_thread == &global);
  const auto [a, b] =
      mp::join([] { return &mp::current_pool(); }, [] { return &mp::current_pool(); });
  CHECK(a == &global);
  CHECK(b == &global);
  CHECK(use_everything() == 15);
  CHECK(global.install(use_everything) == 15);
}

TEST_CASE("init_global_pool decides how the global pool is made if it comes first") {
  const auto child = mt::run_as_child("child: starts the global pool itself");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("5 threads named chosen-4 and so on"));
}

TEST_CASE("child: starts the global pool itself", "[.child]") {
  std::vector<std::string> names(5);
  mp::init_global_pool({.num_threads = 5, .thread_name = "chosen"});
  CHECK(mp::num_threads() == 5);
  mt::countdown everybody(6);
  mp::scope([&](mp::scope_ref s) {
    for (int i = 0; i < 5; ++i) {
      s.fork([&] {
        everybody.arrive_and_wait();
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof name);
        names.at(mp::this_thread_index().value()) = name;
      });
    }
    everybody.arrive_and_wait();
  });
  CHECK_THROWS_AS(mp::init_global_pool({.num_threads = 1}), mp::pool_already_started);
  CHECK(mp::num_threads() == 5);
  std::printf("%zu threads named %s and so on\n", mp::num_threads(), names[4].c_str());
}

TEST_CASE("init_global_pool after the first use throws pool_already_started and says why") {
  mp::join([] {}, [] {});
  std::string text;
  try {
    mp::init_global_pool({.num_threads = 3});
  } catch (const mp::pool_already_started& e) {
    text = e.what();
  }
  CHECK_THAT(text, mt::contains("init_global_pool"));
  CHECK_THAT(text, mt::contains("already"));
  CHECK_THAT(text, mt::contains("first"));
}

TEST_CASE("of many threads that use the global pool first all get the same one") {
  const auto child = mt::run_as_child("child: many threads start the global pool");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("all the same"));
}

TEST_CASE("child: many threads start the global pool", "[.child]") {
  constexpr std::size_t count = 8;
  std::vector<mp::thread_pool*> seen(count);
  std::vector<int> sums(count);
  mt::countdown together(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      together.arrive_and_wait();
      sums[i] = use_everything();
      seen[i] = &mp::current_pool();
    });
  }
  for (auto& t : threads) t.join();
  CHECK(seen == std::vector<mp::thread_pool*>(count, seen[0]));
  CHECK(sums == std::vector<int>(count, 15));
  std::printf("all the same\n");
}

TEST_CASE("destructors of static and thread-local objects may use the global pool") {
  const auto child = mt::run_as_child("child: uses the global pool to the very end");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("made before the pool: 15\n"));
  CHECK_THAT(child.output, mt::contains("made after the pool: 15\n"));
  CHECK_THAT(child.output, mt::contains("at exit: 15\n"));
  CHECK_THAT(child.output, mt::contains("thread-local of main: 15\n"));
  CHECK_THAT(child.output, mt::contains("thread-local of a thread: 15\n"));
}

TEST_CASE("child: uses the global pool to the very end", "[.child]") {
  static const user_at_exit before{"made before the pool"};
  static thread_local const user_at_exit of_main{"thread-local of main"};
  static_cast<void>(of_main);
  CHECK(use_everything() == 15);
  static const user_at_exit after{"made after the pool"};
  std::atexit([] { report("at exit"); });
  std::thread([] {
    static thread_local const user_at_exit of_thread{"thread-local of a thread"};
    static_cast<void>(of_thread);
    mp::join([] {}, [] {});
  }).join();
}

TEST_CASE("the first use of the global pool may be in a static destructor") {
  const auto child = mt::run_as_child("child: uses the global pool only at the end");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("never used before: 15\n"));
}

TEST_CASE("child: uses the global pool only at the end", "[.child]") {
  static const user_at_exit user{"never used before"};
  SUCCEED();
}

TEST_CASE("a pool may be a static object") {
  const auto child = mt::run_as_child("child: has a static pool");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("static pool: 3 then its end: 2 workers left"));
}

TEST_CASE("child: has a static pool", "[.child]") {
  static std::atomic<int> exits{0};
  struct last_word {
    ~last_word() {
      std::printf(" then its end: %d workers left\n", exits.load());
      std::fflush(stdout);
    }
  };
  static const last_word word;
  static mp::thread_pool pool({.num_threads = 2, .on_thread_exit = [](std::size_t) { ++exits; }});
  const auto [a, b] = pool.join([] { return 1; }, [] { return 2; });
  // The summary of the test run must not come in between: printed as one line at the end.
  static struct first_word {
    int sum;
    ~first_word() { std::printf("static pool: %d", sum); }
  } const first{a + b};
}
