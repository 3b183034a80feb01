// SPDX-License-Identifier: MIT OR Apache-2.0
// What a scope_ref that has outlived its scope does: it says so, and touches nothing that is gone.
#include "catch.hpp"
#include "child_process.hpp"

#include <micropool/build_config.hpp>
#include <micropool/micropool.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// The reference of a scope that has ended: a blocking or an awaited one.
mp::scope_ref outlived(mp::thread_pool& pool, bool awaited) {
  std::optional<mp::scope_ref> ref;
  if (awaited) {
    pool.sync_wait([&]() -> mp::task<> {
      const auto body = [&ref](mp::scope_ref s) -> mp::task<> {
        ref = s;
        s.fork([] {});
        co_return;
      };
      co_await mp::scope(body);
    });
  } else {
    pool.scope([&](mp::scope_ref s) {
      ref = s;
      s.fork([] {});
    });
  }
  return *ref;
}

// On another thread, while another scope is open in the place of the first.
template <class F>
void use_outlived(bool awaited, F&& f) {
  mp::thread_pool pool({.num_threads = 0});
  const mp::scope_ref ref = outlived(pool, awaited);
  pool.scope([&](mp::scope_ref open) {
    std::thread([&] { f(ref); }).join();
    if (open.stop_requested()) throw std::runtime_error("the stop went to another scope");
  });
}

}  // namespace

#if MICROPOOL_DEBUG_CHECKS
TEST_CASE("a scope_ref used after its scope is reported where debug checks are on") {
  const std::string member = GENERATE("request_stop", "stop_requested", "stop_token", "fork");
  const std::string kind = GENERATE("blocking", "awaited");
  const auto child = mt::run_as_child("child: " + member + " after the end of a scope that is " + kind);
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("scope_ref::" + member));
  CHECK_THAT(child.output, mt::contains("a scope that has ended"));
  CHECK_THAT(child.output, mt::contains("only while the body or a child"));
}

TEST_CASE("child: request_stop after the end of a scope that is blocking", "[.child]") {
  use_outlived(false, [](mp::scope_ref s) { s.request_stop(); });
}
TEST_CASE("child: request_stop after the end of a scope that is awaited", "[.child]") {
  use_outlived(true, [](mp::scope_ref s) { s.request_stop(); });
}
TEST_CASE("child: stop_requested after the end of a scope that is blocking", "[.child]") {
  use_outlived(false, [](mp::scope_ref s) { static_cast<void>(s.stop_requested()); });
}
TEST_CASE("child: stop_requested after the end of a scope that is awaited", "[.child]") {
  use_outlived(true, [](mp::scope_ref s) { static_cast<void>(s.stop_requested()); });
}
TEST_CASE("child: stop_token after the end of a scope that is blocking", "[.child]") {
  use_outlived(false, [](mp::scope_ref s) { static_cast<void>(s.stop_token()); });
}
TEST_CASE("child: stop_token after the end of a scope that is awaited", "[.child]") {
  use_outlived(true, [](mp::scope_ref s) { static_cast<void>(s.stop_token()); });
}
TEST_CASE("child: fork after the end of a scope that is blocking", "[.child]") {
  use_outlived(false, [](mp::scope_ref s) { s.fork([] {}); });
}
TEST_CASE("child: fork after the end of a scope that is awaited", "[.child]") {
  use_outlived(true, [](mp::scope_ref s) { s.fork([] {}); });
}
#else
TEST_CASE("a scope_ref used after its scope touches no other scope and forks nothing") {
  const bool awaited = GENERATE(false, true);
  CAPTURE(awaited);
  use_outlived(awaited, [](mp::scope_ref s) {
    s.request_stop();
    CHECK(s.stop_requested());
    CHECK(s.stop_token().stop_requested());
    CHECK_THROWS_AS(s.fork([] {}), std::logic_error);
    CHECK_THROWS_AS(s.fork([]() -> mp::task<> { co_return; }()), std::logic_error);
  });
}
#endif

TEST_CASE("a stop source of one scope does not pass to the next one") {
  mp::thread_pool pool({.num_threads = 0});
  std::stop_token first;
  pool.scope([&](mp::scope_ref s) {
    first = s.stop_token();
    s.request_stop();
  });
  CHECK(first.stop_requested());
  pool.scope([&](mp::scope_ref s) {
    CHECK_FALSE(s.stop_requested());
    CHECK_FALSE(s.stop_token().stop_requested());
  });
}
