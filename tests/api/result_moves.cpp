// SPDX-License-Identifier: MIT OR Apache-2.0
// How often a result is moved on its way: a coroutine moves it into its parent's slot, and the
// parent out of it; a callable makes it in the slot.
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <coroutine>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace {

std::atomic<int> moves{0};

struct counted {
  counted() = default;
  counted(counted&&) noexcept { ++moves; }
};

mp::task<counted> from_task() { co_return counted(); }
counted from_call() { return counted(); }
mp::task<counted> from_maker() { return from_task(); }

template <class F>
int moves_of(F&& f) {
  moves = 0;
  static_cast<void>(f());
  return moves;
}

// What a coroutine sees that awaits what `make` returns; 0 is what it takes to get there.
template <class F>
int moves_awaiting(F make) {
  const auto awaits = [&]() -> mp::task<> {
    auto awaitable = make();
    const auto result = co_await std::move(awaitable);
    static_cast<void>(result);
  };
  moves = 0;
  mp::sync_wait(awaits());
  return moves;
}

std::vector<mp::task<counted>> two_tasks() {
  std::vector<mp::task<counted>> all;
  all.push_back(from_task());
  all.push_back(from_task());
  return all;
}

}  // namespace

TEST_CASE("a result that is awaited is moved twice") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    CHECK(moves_awaiting([] { return from_task(); }) == 2);
    CHECK(moves_awaiting([] { return mp::join(from_task(), from_task()); }) == 2 * 2);
    CHECK(moves_awaiting([] { return mp::join(from_task(), &from_call); }) == 2 * 2);
    CHECK(moves_awaiting([] { return mp::join_all(two_tasks()); }) == 2 * 2);
    CHECK(moves_awaiting([] { return mp::scope([](mp::scope_ref) { return from_task(); }); }) == 2);
    CHECK(moves_awaiting([] { return mp::spawn_owned(from_task()); }) == 2);
    CHECK(moves_of([] { return mp::sync_wait(from_task()); }) == 2);
    CHECK(moves_of([] { return mp::spawn_owned(from_task()).join(); }) == 2);
    CHECK(moves_of([] { return mp::sync_wait(mp::stackful(&from_call)); }) == 2);
    CHECK(moves_of([] {
            mp::sync_wait(mp::stackful([] { static_cast<void>(mp::await(from_task())); }));
          }) == 2);
  });
}

TEST_CASE("a coroutine that a given callable makes leaves its result where the callable's would be") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    CHECK(moves_awaiting([] { return mp::join(&from_maker, &from_maker); }) == 2 * 2);
    CHECK(moves_of([] { return mp::sync_wait(&from_maker); }) == 2);
    CHECK(moves_of([] { return mp::spawn_owned(&from_maker).join(); }) == 2);
    // One more where what is awaited yields a tuple of its own.
    CHECK(moves_of([] { return mp::sync_wait(mp::join(from_task(), from_task())); }) == 2 * 3);
  });
}

TEST_CASE("the result of a callable that a call blocks for is moved once") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    CHECK(moves_of([] { return mp::join(&from_call, &from_call); }) == 2);
    CHECK(moves_of([] {
            const std::vector both{&from_call, &from_call};
            return mp::join_all(both);
          }) == 2);
    CHECK(moves_of([] { return mp::scope([](mp::scope_ref) { return counted(); }); }) == 1);
    CHECK(moves_of([] { return mp::spawn_owned(&from_call).join(); }) == 1);
    CHECK(moves_of([] {
            auto t = mp::spawn_owned(&from_call);
            t.help();
            return t.try_join();
          }) == 1);
    CHECK(moves_of([] {
            const auto t = mp::spawn_shared(&from_call);
            static_cast<void>(t.join());
            return 0;
          }) == 0);
    mp::sync_wait(mp::stackful([] {
      CHECK(moves_of([] { return mp::join(&from_call, &from_call); }) == 2);
      CHECK(moves_of([] { return mp::scope([](mp::scope_ref) { return counted(); }); }) == 1);
    }));
  });
}
