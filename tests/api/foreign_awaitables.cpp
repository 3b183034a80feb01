// SPDX-License-Identifier: MIT OR Apache-2.0
// A task awaits what other libraries made, and continues on its own pool whichever thread
// resumes it.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "scale.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <coroutine>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Throws where it is told to.
struct throws_in {
  int step;
  bool await_ready() const {
    if (step == 0) throw mt::numbered_error(0);
    return false;
  }
  bool await_suspend(std::coroutine_handle<>) const {
    if (step == 1) throw mt::numbered_error(1);
    return false;
  }
  int await_resume() const { throw mt::numbered_error(2); }
};
struct throws_instead_of_a_handle {
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const {
    throw mt::numbered_error(3);
  }
  void await_resume() const noexcept {}
};
struct throws_instead_of_nothing {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const { throw mt::numbered_error(4); }
  void await_resume() const noexcept {}
};

// A coroutine type of another library: it starts when it is awaited and resumes its awaiter by
// symmetric transfer.
class other_task {
public:
  struct promise_type {
    std::coroutine_handle<> continuation;
    int value = 0;
    other_task get_return_object() {
      return other_task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct to_continuation {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<promise_type> h) const noexcept {
          return h.promise().continuation;
        }
        void await_resume() const noexcept {}
      };
      return to_continuation{};
    }
    void return_value(int v) { value = v; }
    void unhandled_exception() { std::terminate(); }
  };
  explicit other_task(std::coroutine_handle<promise_type> h) : handle_(h) {}
  other_task(other_task&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
  ~other_task() {
    if (handle_) handle_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) noexcept {
    handle_.promise().continuation = h;
    return handle_;
  }
  int await_resume() const noexcept { return handle_.promise().value; }

private:
  std::coroutine_handle<promise_type> handle_;
};

other_task six() { co_return 6; }
other_task blocks_inside() {
  const auto [a, b] = mp::join([] { return 3; }, [] { return 4; });
  co_return a + b;
}

struct has_member_operator {
  int value;
  mt::inline_resume operator co_await() const noexcept { return {value}; }
};
struct has_free_operator {
  int value;
};
mt::inline_resume operator co_await(const has_free_operator& f) noexcept { return {f.value}; }

// Its awaiter can neither be copied nor moved, and yields a reference into itself.
struct pinned_awaiter {
  explicit pinned_awaiter(std::string t) : text(std::move(t)) {}
  pinned_awaiter(const pinned_awaiter&) = delete;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const { h.resume(); }
  const std::string& await_resume() const noexcept { return text; }
  std::string text;
};
struct makes_pinned_awaiter {
  pinned_awaiter operator co_await() && { return pinned_awaiter("pinned"); }
};

template <class A>
mp::task<int> await_it(A a) {
  co_return co_await std::move(a);
}

}  // namespace

TEST_CASE("a task awaits every form of foreign awaitable") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  int wrong = 0;
  for (int round = 0; round < 20; ++round) {
    const auto sum = here.run([&] {
      const auto all = [&]() -> mp::task<int> {
        int n = co_await mt::always_ready{1};
        n += co_await mt::not_suspended{10};
        n += co_await mt::own_handle{100};
        n += co_await mt::inline_resume{1000};
        n += co_await elsewhere.resume_here(10000);
        n += co_await has_member_operator{100000};
        n += co_await has_free_operator{1000000};
        mt::not_suspended lvalue{10000000};
        n += co_await lvalue;
        n += co_await six();
        n += co_await blocks_inside();
        const std::string pinned = co_await makes_pinned_awaiter{};
        if (pinned == "pinned") n += 100000000;
        pinned_awaiter kept("kept");
        const std::string& text = co_await kept;
        if (&text == &kept.text) n += 200000000;
        co_return n;
      };
      return mp::sync_wait(all());
    });
    if (sum != 311111111 + 6 + 7) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("foreign awaitables are branches and children like any other") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  int wrong = 0;
  for (int round = 0; round < 50; ++round) {
    const auto results = here.run([&] {
      mp::scope([&](mp::scope_ref s) {
        for (int i = 0; i < 5; ++i) s.fork(elsewhere.resume_here());
      });
      return mp::sync_wait(mp::join(
          elsewhere.resume_here(1), mt::inline_resume{2}, mt::not_suspended{3}, six(),
          [&] { return elsewhere.resume_here(5); }, elsewhere.resume_here(6)));
    });
    if (results != std::tuple(1, 2, 3, 6, 5, 6)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("after a foreign awaitable a task goes on on its own pool") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  int on_foreign_thread = 0;
  int on_other_pool = 0;
  int away_from_the_caller = 0;
  for (int round = 0; round < 50; ++round) {
    here.run([&] {
      const auto caller = std::this_thread::get_id();
      const auto looks = [&]() -> mp::task<> {
        co_await elsewhere.resume_here();
        if (std::this_thread::get_id() == elsewhere.id()) ++on_foreign_thread;
        if (&mp::current_pool() != &here.pool) ++on_other_pool;
        if (std::this_thread::get_id() != caller) ++away_from_the_caller;
      };
      mp::sync_wait(looks());
    });
  }
  CHECK(on_foreign_thread == 0);
  CHECK(on_other_pool == 0);
  if (where.workers == 0) CHECK(away_from_the_caller == 0);
}

TEST_CASE("what a foreign awaitable throws comes out of co_await and the task goes on") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto numbers = here.run([] {
    const auto catches = [](auto awaitable) -> mp::task<int> {
      int number = -1;
      try {
        co_await std::move(awaitable);
      } catch (const mt::numbered_error& e) {
        number = e.number;
      }
      // It can still fork and wait like any other.
      auto [a, b] = co_await mp::join(mt::always_ready{0}, [n = number] { return n; });
      co_return a + b;
    };
    return mp::sync_wait(mp::join(catches(throws_in{0}), catches(throws_in{1}),
                                  catches(throws_in{2}), catches(throws_instead_of_a_handle{}),
                                  catches(throws_instead_of_nothing{})));
  });
  CHECK(numbers == std::tuple(0, 1, 2, 3, 4));
}

TEST_CASE("a long row of foreign awaits that resume at once neither nests nor leaks") {
  const auto where = GENERATE(mt::setting{0}, mt::setting{2});
  CAPTURE(where);
  mt::place here(where);
  constexpr int count = mt::sized(100'000, 1'000);
  const auto sum = here.run([] {
    const auto loop = []() -> mp::task<long> {
      long n = 0;
      for (int i = 0; i < count; ++i) {
        n += co_await mt::inline_resume{1};
        n += co_await mt::not_suspended{1};
        n += co_await mt::own_handle{1};
      }
      co_return n;
    };
    return mp::sync_wait(loop());
  });
  CHECK(sum == 3L * count);
}

TEST_CASE("a foreign event may come before and after it is awaited") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  for (int round = 0; round < 200; ++round) {
    mt::event e;
    std::thread firing([&] { e.fire(); });
    here.run([&] { mp::sync_wait([&]() -> mp::task<> { co_await e; }); });
    firing.join();
  }
  SUCCEED("each of them returned");
}

TEST_CASE("a task that waits for an event inside a join lets its sibling run") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  for (int round = 0; round < 50; ++round) {
    mt::event e;
    const auto waits = [&]() -> mp::task<int> {
      co_await e;
      co_return 1;
    };
    const auto fires = [&] {
      e.fire();
      return 2;
    };
    const auto both = here.run([&] { return mp::sync_wait(mp::join(waits(), fires)); });
    REQUIRE(both == std::tuple(1, 2));
  }
}
