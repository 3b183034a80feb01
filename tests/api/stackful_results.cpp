// SPDX-License-Identifier: MIT OR Apache-2.0
// stackful and await: what they take, and what comes out of them.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <coroutine>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> value(int n) { co_return n; }

// As many stacks as levels, with a coroutine between any two.
int tower(int depth) {
  if (depth == 0) return 0;
  const auto coroutine = [&]() -> mp::task<int> {
    co_return co_await mp::stackful([&] { return tower(depth - 1); });
  };
  return 1 + mp::await(coroutine());
}

int nested(int depth) {
  return depth == 0 ? 0 : 1 + mp::await(mp::stackful([&] { return nested(depth - 1); }));
}

struct refuses_to_be_asked {
  bool await_ready() const { throw mt::numbered_error(1); }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
struct refuses_to_suspend {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const { throw mt::numbered_error(2); }
  void await_resume() const noexcept {}
};
struct refuses_to_resume {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const { throw mt::numbered_error(3); }
};

}  // namespace

TEST_CASE("stackful returns a task of what the callable returns") {
  static_assert(std::is_same_v<decltype(mp::stackful([] { return 1; })), mp::task<int>>);
  static_assert(std::is_same_v<decltype(mp::stackful([] {})), mp::task<void>>);
  static_assert(std::is_same_v<decltype(mp::stackful([]() -> int& { throw 0; })), mp::task<int&>>);
  static_assert(std::is_same_v<decltype(mp::stackful([]() -> std::string&& { throw 0; })),
                               mp::task<std::string>>);
}

TEST_CASE("results of every kind come out of a stackful task") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int object = 7;
  bool called = false;
  const auto all = here.run([&] {
    mp::sync_wait(mp::stackful([&] { called = true; }));
    int& same = mp::sync_wait(mp::stackful([&]() -> int& { return object; }));
    auto moved = mp::sync_wait(mp::stackful([] { return mt::move_only(3); }));
    auto owner = mp::sync_wait(
        mp::stackful([p = std::make_unique<int>(4)]() mutable { return std::move(p); }));
    return std::tuple(&same == &object, moved.value, *owner);
  });
  CHECK(called);
  CHECK(all == std::tuple(true, 3, 4));
}

TEST_CASE("a stackful task may be awaited and joined and forked and spawned") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto all = here.run([] {
    const auto awaits = []() -> mp::task<int> {
      co_return co_await mp::stackful([] { return 1; });
    };
    auto [a, b, c] =
        mp::sync_wait(mp::join(mp::stackful([] { return 2; }), value(3), [] { return 4; }));
    std::atomic<int> forked = 0;
    mp::scope([&](mp::scope_ref s) {
      s.fork(mp::stackful([&] { forked += 5; }));
      s.fork([&] { return mp::stackful([&] { forked += 10; }); });
    });
    auto owned = mp::spawn_owned(mp::stackful([] { return 6; }));
    const auto shared = mp::spawn_shared(mp::stackful([] { return 7; }));
    return std::tuple(mp::sync_wait(awaits()), a, b, c, forked.load(), owned.join(), shared.join());
  });
  CHECK(all == std::tuple(1, 2, 3, 4, 15, 6, 7));
}

TEST_CASE("stackful tasks nest directly and with coroutines between them") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(here.run([] { return nested(50); }) == 50);
  CHECK(here.run([] { return tower(50); }) == 50);
}

TEST_CASE("await returns what co_await would in a stackful task and elsewhere") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  int object = 1;
  const auto all = here.run([&] {
    const auto refers = [&]() -> mp::task<int&> { co_return object; };
    static_assert(std::is_same_v<decltype(mp::await(refers())), int&>);
    static_assert(std::is_same_v<decltype(mp::await(mp::yield())), void>);
    mp::await(mp::yield());
    mt::not_suspended lvalue{5};
    const auto shared = mp::spawn_shared([] { return 9; });
    return std::tuple(
        &mp::await(refers()) == &object, mp::await(value(2)), mp::await(elsewhere.resume_here(3)),
        mp::await(mt::inline_resume{4}), mp::await(lvalue), mp::await(mt::own_handle{6}),
        mp::await(mt::always_ready{7}), mp::await([] { return value(8); }), mp::await(shared),
        mp::await(mp::spawn_owned([] { return 10; })), mp::await(mp::join(value(11), value(12))));
  });
  CHECK(all == std::tuple(true, 2, 3, 4, 5, 6, 7, 8, 9, 10, std::tuple(11, 12)));
}

TEST_CASE("what an awaitable throws comes out of await") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto numbers = here.run([] {
    const auto fails = []() -> mp::task<int> {
      co_await mp::yield();
      throw mt::numbered_error(4);
    };
    const auto thrown_by_await = [](auto awaitable) {
      return mt::thrown_by([&] {
        mp::await(std::move(awaitable));
        return 0;
      });
    };
    return std::tuple(thrown_by_await(refuses_to_be_asked()), thrown_by_await(refuses_to_suspend()),
                      thrown_by_await(refuses_to_resume()), thrown_by_await(fails()),
                      mt::thrown_by([] {
                        return mp::await([]() -> mp::task<int> { throw mt::numbered_error(5); });
                      }));
  });
  CHECK(numbers == std::tuple(1, 2, 3, 4, 5));
}

TEST_CASE("what a stackful task throws comes out of it") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::census count;
  {
    mt::place here(where);
    const int number = here.run([&] {
      return mt::thrown_by([&] {
        mp::sync_wait(mp::stackful([&] {
          const mt::tracked local(count);
          mp::await(mp::yield());
          throw mt::numbered_error(1, count);
        }));
        return 0;
      });
    });
    CHECK(number == 1);
  }
  CHECK(count.ever() > 1);
  CHECK(count.alive() == 0);
}

TEST_CASE("a stackful task that is not awaited runs nothing and destroys what it was given") {
  mt::census count;
  bool called = false;
  {
    const auto never = mp::stackful([&, t = mt::tracked(count)] { called = true; });
    CHECK(count.alive() == 1);
  }
  CHECK_FALSE(called);
  CHECK(count.alive() == 0);
}

TEST_CASE("what the callable holds is destroyed once when it has run") {
  mt::census count;
  mt::place here({2});
  here.run([&] {
    auto t = mp::stackful([t = mt::tracked(count)] { mp::await(mp::yield()); });
    mp::sync_wait(std::move(t));
  });
  CHECK(count.alive() == 0);
}

TEST_CASE("await of an empty task throws empty_handle in a stackful task as well") {
  mt::place here({0, mt::caller::stackful});
  CHECK(here.run([] {
    try {
      mp::await(mp::task<int>());
    } catch (const mp::empty_handle&) {
      return true;
    }
    return false;
  }));
}

TEST_CASE("a branch that was not stolen runs on the stack of the stackful task") {
  mt::place here({0, mt::caller::stackful});
  const auto position = [] { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); };
  const auto [task, branch] = here.run([&] {
    std::uintptr_t second = 0;
    mp::join([] {}, [&] { second = position(); });
    return std::pair(position(), second);
  });
  CHECK(std::max(task, branch) - std::min(task, branch) < (std::size_t{64} << 10));
}

TEST_CASE("a stack size that makes no sense is refused") {
  const auto make = [](std::size_t size) {
    mp::pool_options o{.num_threads = 0};
    o.stacks.size = size;
    mp::thread_pool pool(o);
  };
  REQUIRE_THROWS_WITH(make(1000), mt::contains("pool_options::stacks.size = 1000 bytes"));
  REQUIRE_THROWS_WITH(make(std::size_t{1} << 31), mt::contains("pool_options::stacks.size"));
  REQUIRE_NOTHROW(make(std::size_t{16} << 10));
}

TEST_CASE("a stackful task gets a stack of the size that its pool was told") {
  mp::pool_options o{.num_threads = 1};
  o.stacks.size = std::size_t{8} << 20;
  mp::thread_pool pool(o);
  const auto uses_much = [] {
    volatile char block[6 << 20];
    for (std::size_t i = 0; i < sizeof block; i += 4096) block[i] = 1;
    mp::await(mp::yield());
    return block[0] + block[4096];
  };
  CHECK(pool.sync_wait(mp::stackful(uses_much)) == 2);
}
