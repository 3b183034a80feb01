// SPDX-License-Identifier: MIT OR Apache-2.0
// What mistakes are answered with that a program can catch: the call, the object and the cure; and
// the program's own line.
#include "catch.hpp"
#include "message_lines.hpp"

#include <micropool/micropool.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;
using mt::line_below;
using mt::number;

namespace {

template <class F>
std::string text_thrown_by(F&& f) {
  try {
    static_cast<void>(f());
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("a call that is given an empty task names itself and the type of the task") {
  const auto empty = [] { return mp::task<int>(); };
  const auto says = [](const std::string& text, const std::string& call) {
    CHECK_THAT(text, mt::contains(call));
    CHECK_THAT(text, mt::contains("task<int>"));
    CHECK_THAT(text, mt::contains("can be used once"));
  };
  says(text_thrown_by([&] { return mp::sync_wait(empty()); }), "micropool::sync_wait()");
  says(text_thrown_by([&] { return mp::sync_wait(mp::join(number(), empty())); }),
       "micropool::join()");
  says(text_thrown_by([&] { return mp::sync_wait(mp::join_all(std::vector<mp::task<int>>(2))); }),
       "micropool::join_all()");
  says(text_thrown_by([&] { return mp::spawn_owned(empty()); }), "micropool::spawn_owned()");
  says(text_thrown_by([&] { return mp::spawn_shared(empty()); }), "micropool::spawn_shared()");
  says(text_thrown_by([&] {
         mp::scope([&](mp::scope_ref s) { s.fork(empty()); });
         return 0;
       }),
       "micropool::scope_ref::fork()");
  const auto awaits = [&]() -> mp::task<int> {
    const int n = co_await empty();
    co_return n;
  };
  says(text_thrown_by([&] { return mp::sync_wait(awaits); }), "co_await");
  const auto returns_empty = [&](mp::scope_ref) { return empty(); };
  says(text_thrown_by([&] { return mp::sync_wait(mp::scope(returns_empty)); }),
       "micropool::scope()");
}

TEST_CASE("a member of an empty handle names the class and itself") {
  mp::owned_task<int> owned;
  mp::shared_task<int> shared;
  CHECK_THAT(text_thrown_by([&] { return owned.join(); }),
             mt::contains("micropool::owned_task::join()"));
  CHECK_THAT(text_thrown_by([&] { return owned.cancel(); }),
             mt::contains("micropool::owned_task::cancel()"));
  CHECK_THAT(text_thrown_by([&] { return owned.complete(); }),
             mt::contains("micropool::owned_task::complete()"));
  CHECK_THAT(text_thrown_by([&] { return shared.join(); }),
             mt::contains("micropool::shared_task::join()"));
  CHECK_THAT(text_thrown_by([&] { return mp::await(shared); }),
             mt::contains("micropool::shared_task"));
  CHECK_THAT(text_thrown_by([&] { return mp::await(std::move(owned)); }),
             mt::contains("micropool::owned_task"));
}

TEST_CASE("a join or scope that is awaited twice or was moved from throws empty_handle") {
  std::vector<std::string> said;
  const auto awaits_twice = [&](auto make) -> mp::task<> {
    auto once = make();
    co_await std::move(once);
    try {
      co_await std::move(once);
      said.emplace_back("nothing was thrown");
    } catch (const mp::empty_handle& e) {
      said.emplace_back(e.what());
    }
    auto first = make();
    auto second = std::move(first);
    try {
      co_await std::move(first);
      said.emplace_back("nothing was thrown");
    } catch (const mp::empty_handle& e) {
      said.emplace_back(e.what());
    }
    co_await std::move(second);
  };
  mp::sync_wait(awaits_twice([] { return mp::join(number(), number()); }));
  mp::sync_wait(awaits_twice([] {
    std::vector<mp::task<int>> two;
    two.push_back(number());
    two.push_back(number());
    return mp::join_all(std::move(two));
  }));
  const auto body = [](mp::scope_ref) { return number(); };
  mp::sync_wait(awaits_twice([&] { return mp::scope(body); }));
  REQUIRE(said.size() == 6);
  for (std::size_t i = 0; i < said.size(); ++i) {
    CHECK_THAT(said[i], mt::contains(i < 4 ? "join()" : "scope()"));
    CHECK_THAT(said[i], mt::contains("can be awaited once"));
  }
}

TEST_CASE("task_cancelled says where the task was spawned") {
  mp::thread_pool pool({.num_threads = 0});
  const std::string line = line_below(1);
  auto t = pool.spawn_owned([] { return 1; });
  pool.shutdown(mp::shutdown::cancel_queued);
  CHECK_THAT(text_thrown_by([&] { return t.join(); }), mt::contains(line));
}

TEST_CASE("pool_stopped names the pool") {
  mp::thread_pool pool({.num_threads = 1, .thread_name = "render"});
  pool.shutdown();
  CHECK_THAT(text_thrown_by([&] { return pool.spawn_owned([] {}); }),
             mt::contains("spawn_owned() on the pool \"render\""));
  CHECK_THAT(text_thrown_by([&] { return pool.sync_wait(number()); }), mt::contains("\"render\""));
  CHECK_THAT(text_thrown_by([&] { return pool.install([] { return 1; }); }),
             mt::contains("\"render\""));
  CHECK_THAT(text_thrown_by([&] { return mp::sync_wait(pool.join(number(), number())); }),
             mt::contains("\"render\""));
}

TEST_CASE("shutdown from inside names the pool") {
  mp::thread_pool pool({.num_threads = 1, .thread_name = "render"});
  const std::string text = text_thrown_by([&] {
    pool.spawn_owned([&] { pool.shutdown(); }).join();
    return 0;
  });
  CHECK_THAT(text, mt::contains("shutdown() of the pool \"render\""));
}
