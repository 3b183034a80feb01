// SPDX-License-Identifier: MIT OR Apache-2.0
// What mistakes are answered with that end the program, or reach its handler of unhandled exceptions.
#include "catch.hpp"
#include "child_process.hpp"
#include "message_lines.hpp"

#include <micropool/build_config.hpp>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;
using mt::line_below;
using mt::number;

namespace {

// Undefined for the language; g++ without optimisation returns from such a body, without a warning.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__)
#define MAY_END_WITHOUT_RESULT 1
mp::task<int> without_result(bool yes) {
  if (yes) co_return 1;
}
#endif

struct destroys_its_handle {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const noexcept { h.destroy(); }
  void await_resume() const noexcept {}
};
struct resumes_and_refuses {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) const {
    h.resume();
    return false;
  }
  void await_resume() const noexcept {}
};

mt::child_result message_of(const std::string& child) {
  auto r = mt::run_as_child("child: " + child);
  UNSCOPED_INFO(r.output);
  CHECK(r.aborted());
  // What a sanitizer says of the end of the child is not the library's.
  r.output.resize(std::min(r.output.size(), r.output.find("\n=========")));
  // Neither code nor files of the library.
  CHECK(r.output.find("broken rule") == std::string::npos);
  CHECK(r.output.find("lib/") == std::string::npos);
  CHECK(r.output.find("micropool/detail") == std::string::npos);
  CHECK(r.output.find("::detail::") == std::string::npos);
  return r;
}

}  // namespace

namespace {

// Destroys its pool in a task of that pool, on a line of its own.
void destroy_inside() {
  auto pool = std::make_unique<mp::thread_pool>(
      mp::pool_options{.num_threads = 1, .thread_name = "render"});
  pool->spawn_owned([&] { pool.reset(); }).join();
}

const std::string line_of_drop = line_below(4);
void drop_a_task_that_throws() {
  mp::thread_pool pool({.num_threads = 1, .thread_name = "render"});
  static_cast<void>(
      pool.spawn_owned([] { throw std::runtime_error("disk full"); }));
}

}  // namespace

TEST_CASE("child: a pool that is destroyed by its task", "[.child]") { destroy_inside(); }
TEST_CASE("a pool that is destroyed from inside is named") {
  const auto r = message_of("a pool that is destroyed by its task");
  CHECK_THAT(r.output, mt::contains("~thread_pool of the pool \"render\""));
  CHECK_THAT(r.output, mt::contains("destroy it outside"));
}

TEST_CASE("child: a dropped task that throws", "[.child]") { drop_a_task_that_throws(); }
TEST_CASE("an unhandled exception says which task, of which pool, with type, text and cure") {
  const auto r = message_of("a dropped task that throws");
  CHECK_THAT(r.output, mt::contains("the task spawned at"));
  CHECK_THAT(r.output, mt::contains(line_of_drop));
  CHECK_THAT(r.output, mt::contains("\"render\""));
  CHECK_THAT(r.output, mt::contains("std::runtime_error: disk full"));
  CHECK_THAT(r.output, mt::contains("pool_options::on_unhandled_exception"));
}

TEST_CASE("child: a hook that throws a number", "[.child]") {
  mp::thread_pool pool({.num_threads = 3,
                        .thread_name = "render",
                        .on_thread_start = [](std::size_t i) {
                          if (i == 2) throw 42;
                        }});
}
TEST_CASE("an unhandled exception says which hook of which worker") {
  const auto r = message_of("a hook that throws a number");
  CHECK_THAT(r.output, mt::contains("pool_options::on_thread_start(2) of the pool \"render\""));
  CHECK_THAT(r.output, mt::contains("type int"));
}

TEST_CASE("child: a handler that throws", "[.child]") {
  mp::thread_pool pool({.num_threads = 0, .on_unhandled_exception = [](std::exception_ptr e) {
                          std::rethrow_exception(std::move(e));
                        }});
  static_cast<void>(pool.spawn_owned([] { throw std::runtime_error("disk full"); }));
}
TEST_CASE("a handler of unhandled exceptions that throws is named, with the task") {
  const auto r = message_of("a handler that throws");
  CHECK_THAT(r.output, mt::contains("pool_options::on_unhandled_exception has thrown"));
  CHECK_THAT(r.output, mt::contains("the task spawned at"));
}

TEST_CASE("a handler of unhandled exceptions may ask where they come from") {
  std::mutex mutex;
  std::vector<std::string> from;
  std::string line;
  {
    mp::thread_pool pool({.num_threads = 1,
                          .on_thread_exit = [](std::size_t) { throw 1; },
                          .on_unhandled_exception =
                              [&](std::exception_ptr, const mp::exception_origin& o) {
                                const std::lock_guard lock(mutex);
                                from.push_back(o.text());
                              }});
    line = line_below(1);
    static_cast<void>(pool.spawn_owned([] { throw 1; }));
  }
  REQUIRE(from.size() == 2);
  CHECK_THAT(from[0], mt::contains(line));
  CHECK(from[1] == "pool_options::on_thread_exit(0)");
}

TEST_CASE("an empty handler of unhandled exceptions is none") {
  CHECK_FALSE(mp::exception_handler());
  CHECK_FALSE(mp::exception_handler(nullptr));
  CHECK(mp::pool_options().on_unhandled_exception == nullptr);
  CHECK_FALSE(mp::exception_handler(std::function<void(std::exception_ptr)>()));
  CHECK(mp::exception_handler([](std::exception_ptr) {}));
}

TEST_CASE("child: a task that is abandoned", "[.child]") {
  mp::thread_pool pool({.num_threads = 0});
  const auto waits = []() -> mp::task<> { co_await destroys_its_handle(); };
  static_cast<void>(pool.spawn_owned(waits));
}
TEST_CASE("a detached task that is abandoned is named, and so is what it awaited") {
  const auto r = mt::run_as_child("child: a task that is abandoned");
  CHECK_THAT(r.output, mt::contains("the task spawned at"));
  CHECK_THAT(r.output, mt::contains("messages_at_end.cpp:"));
  CHECK_THAT(r.output, mt::contains("destroys_its_handle"));
}

#if defined(MAY_END_WITHOUT_RESULT)
TEST_CASE("child: a spawned task without co_return", "[.child]") {
  CHECK(mp::spawn_owned(without_result(false)).join() == 1);
}
TEST_CASE("a task that ends without a result is named") {
  const auto r = message_of("a spawned task without co_return");
  CHECK_THAT(r.output, mt::contains("task<int> ended without a result"));
  CHECK_THAT(r.output, mt::contains("spawned at"));
  if (MICROPOOL_DEBUG_CHECKS) CHECK_THAT(r.output, mt::contains("without_result"));
}
#if MICROPOOL_DEBUG_CHECKS
TEST_CASE("child: a forked task without co_return", "[.child]") {
  mp::scope([](mp::scope_ref s) { s.fork(without_result(false)); });
}
TEST_CASE("a child of a scope that ends without a result is named") {
  const auto r = message_of("a forked task without co_return");
  CHECK_THAT(r.output, mt::contains("task<int> ended without a result"));
  CHECK_THAT(r.output, mt::contains("messages_at_end.cpp:"));
  CHECK_THAT(r.output, mt::contains("without_result"));
}
#endif
#endif

TEST_CASE("children of a scope may return results that are dropped, or throw") {
  const auto gives_reference = [](int& n) -> mp::task<int&> { co_return n; };
  const auto throws = []() -> mp::task<int> {
    throw std::runtime_error("disk full");
    co_return 1;
  };
  int n = 1;
  mp::scope([&](mp::scope_ref s) {
    s.fork(number());
    s.fork(gives_reference(n));
    s.fork([] { return number(); });
    s.fork(mp::spawn_owned([] { return 1; }));
  });
  CHECK_THROWS_AS(mp::scope([&](mp::scope_ref s) { s.fork(throws()); }), std::runtime_error);
}

#if MICROPOOL_DEBUG_CHECKS
namespace {

std::optional<mp::scope_ref> outlived() {
  std::optional<mp::scope_ref> ref;
  mp::scope([&](mp::scope_ref s) { ref = s; });
  return ref;
}

const std::string line_of_fork = line_below(1);
void fork_late() { outlived()->fork([] {}); }
void stop_late() { outlived()->request_stop(); }

struct self_joiner {
  std::optional<mp::shared_task<int>> self;
  std::atomic<bool> go{false};
  void wait_for_go() const {
    while (!go) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("child: fork after the scope", "[.child]") { fork_late(); }
TEST_CASE("child: request_stop after the scope", "[.child]") { stop_late(); }
TEST_CASE("a scope_ref that has outlived its scope is reported at the line that uses it") {
  const auto fork = message_of("fork after the scope");
  CHECK_THAT(fork.output, mt::contains("micropool::scope_ref::fork() on a scope that has ended"));
  CHECK_THAT(fork.output, mt::contains(line_of_fork));
  const auto stop = message_of("request_stop after the scope");
  CHECK_THAT(stop.output, mt::contains("micropool::scope_ref::request_stop()"));
  CHECK_THAT(stop.output, mt::contains("what to do: use a scope_ref only while"));
  CHECK(stop.output.find("seen at") == std::string::npos);
}

namespace {
const std::string line_of_self_join = line_below(5);
}  // namespace
TEST_CASE("child: a task that joins itself", "[.child]") {
  mp::thread_pool pool({.num_threads = 1});
  self_joiner s;
  s.self = pool.spawn_shared([&] { return s.wait_for_go(), s.self->join(); });
  s.go = true;
  s.self->join();
}
TEST_CASE("child: a task that joins itself after other blocking calls", "[.child]") {
  mp::thread_pool pool({.num_threads = 1});
  self_joiner s;
  s.self = pool.spawn_shared([&] {
    s.wait_for_go();
    mp::sync_wait([]() -> mp::task<> { co_await mp::yield(); });
    mp::join([] {}, [] {});
    return s.self->join();
  });
  s.go = true;
  s.self->join();
}
namespace {
const std::string line_of_self_await = line_below(7);
}  // namespace
TEST_CASE("child: a task that awaits itself", "[.child]") {
  mp::thread_pool pool({.num_threads = 1});
  self_joiner s;
  const auto body = [&]() -> mp::task<int> {
    s.wait_for_go();
    const int n = co_await *s.self;
    co_return n;
  };
  s.self = pool.spawn_shared(body);
  s.go = true;
  s.self->join();
}
TEST_CASE("a circle of waits names the task and the line of the co_await that closes it") {
  const auto join = message_of("a task that joins itself");
  CHECK_THAT(join.output, mt::contains("micropool::shared_task::join() of the task spawned at"));
  CHECK_THAT(join.output, mt::contains(line_of_self_join));
  CHECK_THAT(join.output, mt::contains("it is made inside that task"));
  const auto later = message_of("a task that joins itself after other blocking calls");
  CHECK_THAT(later.output, mt::contains("it is made inside that task"));
  const auto await = message_of("a task that awaits itself");
  CHECK_THAT(await.output, mt::contains("co_await"));
  CHECK_THAT(await.output, mt::contains("seen at"));
  CHECK_THAT(await.output, mt::contains(line_of_self_await));
}

namespace {
const std::string line_of_refusal = line_below(3);
}  // namespace
TEST_CASE("child: an awaitable that resumes and refuses", "[.child]") {
  mp::sync_wait([]() -> mp::task<> { co_await resumes_and_refuses(); });
}
TEST_CASE("an awaitable that resumes its handle and then does not suspend is named, with the line") {
  const auto r = message_of("an awaitable that resumes and refuses");
  CHECK_THAT(r.output, mt::contains("resumes_and_refuses"));
  CHECK_THAT(r.output, mt::contains("await_suspend"));
  CHECK_THAT(r.output, mt::contains(line_of_refusal));
}

TEST_CASE("child: a pool that is destroyed while it is installed", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(
      mp::pool_options{.num_threads = 0, .thread_name = "render"});
  pool->install([&] { pool.reset(); });
}
TEST_CASE("a pool that is destroyed while it is installed is named") {
  const auto r = message_of("a pool that is destroyed while it is installed");
  CHECK_THAT(r.output, mt::contains("~thread_pool of the pool \"render\""));
  CHECK_THAT(r.output, mt::contains("each install()"));
}
#endif
