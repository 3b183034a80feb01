// SPDX-License-Identifier: MIT OR Apache-2.0
// Errors of background tasks that a caller sees: exceptions, empty handles, what cannot be
// queued.
#include "catch.hpp"
#include "ended.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

template <class F>
std::string empty_handle_text(F&& f) {
  try {
    f();
  } catch (const mp::empty_handle& e) {
    return e.what();
  }
  return "nothing was thrown";
}

// What each member of a handle that holds no task says, each text preceded by the call.
template <class Handle>
std::vector<std::pair<std::string, std::string>> texts_of_empty(Handle& t) {
  return {
      {"complete()", empty_handle_text([&] { static_cast<void>(t.complete()); })},
      {"help()", empty_handle_text([&] { t.help(); })},
      {"join()", empty_handle_text([&] { t.join(); })},
      {"try_join()", empty_handle_text([&] { static_cast<void>(t.try_join()); })},
      {"cancel()", empty_handle_text([&] { t.cancel(); })},
  };
}

std::string text_of_awaited(mp::owned_task<int>& t) {
  return empty_handle_text([&] { mp::sync_wait(std::move(t)); });
}
std::string text_of_awaited(const mp::shared_task<int>& t) {
  return empty_handle_text([&] { mp::sync_wait(t); });
}

// Throws when it is copied, which spawn has to do.
struct throws_when_copied {
  explicit throws_when_copied(mt::census& c) : life(c) {}
  throws_when_copied(const throws_when_copied& other) : life(other.life) {
    throw mt::numbered_error(9);
  }
  int operator()() const { return 0; }
  mt::tracked life;
};

}  // namespace

TEST_CASE("every member of an empty handle throws empty_handle and names the call") {
  mp::thread_pool pool({.num_threads = 1});
  const auto check = [](auto& t) {
    for (const auto& [call, text] : texts_of_empty(t)) {
      CHECK_THAT(text, mt::contains("::" + call));
      CHECK_THAT(text, mt::contains("holds no task"));
    }
    CHECK_THAT(text_of_awaited(t), mt::contains("co_await"));
  };
  SECTION("made without a task") {
    mp::owned_task<int> owned;
    mp::shared_task<int> shared;
    check(owned);
    check(shared);
  }
  SECTION("moved from") {
    auto owned = pool.spawn_owned([] { return 1; });
    auto shared = pool.spawn_shared([] { return 1; });
    const auto other_owned = std::move(owned);
    const auto other_shared = std::move(shared);
    check(owned);
    check(shared);
  }
  SECTION("joined or awaited") {
    auto joined = pool.spawn_owned([] { return 1; });
    joined.join();
    check(joined);
    auto awaited = pool.spawn_owned([] { return 1; });
    pool.sync_wait(std::move(awaited));
    check(awaited);
    auto tried = pool.spawn_owned([] { return 1; });
    mt::until_ended(tried);
    CHECK(tried.try_join() == 1);
    check(tried);
  }
  SECTION("cancelled") {
    auto owned = pool.spawn_owned([] { return 1; });
    owned.cancel();
    check(owned);
    auto shared = pool.spawn_shared([] { return 1; });
    shared.cancel();
    check(shared);
  }
}

TEST_CASE("the exception of a background task comes out of join, try_join and co_await") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  const auto numbers = here.run([&] {
    const auto fails = [&](int n) {
      return [&, n]() -> int { throw mt::numbered_error(n, census); };
    };
    const auto task_fails = [&](int n) -> mp::task<int> {
      if (n >= 0) throw mt::numbered_error(n, census);
      co_return n;
    };
    std::vector<int> all;
    all.push_back(mt::thrown_by([&] { return mp::spawn_owned(fails(0)).join(); }));
    all.push_back(mt::thrown_by([&] { return mp::spawn_owned(task_fails(1)).join(); }));
    all.push_back(mt::thrown_by([&] { return mp::sync_wait(mp::spawn_owned(fails(2))); }));
    all.push_back(mt::thrown_by([&] {
      auto t = mp::spawn_owned(task_fails(3));
      mt::until_ended(t);
      return t.try_join();
    }));
    return all;
  });
  CHECK(numbers == std::vector{0, 1, 2, 3});
  // The worker that ran a task may be the last to let go of it.
  here.pool.shutdown();
  CHECK(census.ever() > 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("all who join a shared task get its exception, as often as they ask") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  const auto numbers = here.run([&] {
    const auto t = mp::spawn_shared([&]() -> int { throw mt::numbered_error(5, census); });
    const auto copy = t;
    std::vector<int> all;
    all.push_back(mt::thrown_by([&] { return t.join(); }));
    all.push_back(mt::thrown_by([&] { return t.join(); }));
    all.push_back(mt::thrown_by([&] { return copy.try_join(); }));
    all.push_back(mt::thrown_by([&] { return mp::sync_wait(copy); }));
    return all;
  });
  CHECK(numbers == std::vector(4, 5));
  here.pool.shutdown();
  CHECK(census.alive() == 0);
}

TEST_CASE("an owned task that was joined for its exception is used up") {
  mp::thread_pool pool({.num_threads = 1});
  auto t = pool.spawn_owned([]() -> int { throw mt::numbered_error(1); });
  CHECK(mt::thrown_by([&] { return t.join(); }) == 1);
  CHECK_FALSE(t);
}

TEST_CASE("what copying the callable throws comes out of spawn, and nothing was queued") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  const auto numbers = here.run([&] {
    const throws_when_copied f(census);
    return std::vector{mt::thrown_by([&] { return mp::spawn_owned(f); }),
                       mt::thrown_by([&] { return mp::spawn_shared(f); })};
  });
  CHECK(numbers == std::vector{9, 9});
  CHECK(census.alive() == 0);
}

TEST_CASE(
    "spawning an empty task throws empty_handle at once, a callable that makes one when joined") {
  mp::thread_pool pool({.num_threads = 1});
  CHECK_THAT(empty_handle_text([&] { pool.spawn_owned(mp::task<int>()).join(); }),
             mt::contains("holds no coroutine"));
  CHECK_THROWS_AS(pool.spawn_shared(mp::task<int>()), mp::empty_handle);
  auto t = pool.spawn_owned([]() -> mp::task<int> { return {}; });
  CHECK_THROWS_AS(t.join(), mp::empty_handle);
}

TEST_CASE("workers survive background tasks that throw") {
  const std::size_t workers = GENERATE(1u, 2u, 4u);
  CAPTURE(workers);
  mt::unhandled_errors unhandled;
  {
    mp::thread_pool pool({.num_threads = workers, .on_unhandled_exception = unhandled.handler()});
    for (int i = 0; i < 100; ++i) {
      [[maybe_unused]] const auto detached = pool.spawn_owned([i] { throw mt::numbered_error(i); });
    }
    mt::meet_all_workers(pool);
  }
  CHECK(unhandled.numbers().size() == 100);
}
