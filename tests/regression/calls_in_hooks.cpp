// SPDX-License-Identifier: MIT OR Apache-2.0
// A worker was a participant before it had a root. A hook that made a blocking call on it bound a
// reference to null, and jobs went round with a null root.
#include <micropool/micropool.hpp>

#include "catch.hpp"

#include <atomic>
#include <cstddef>

namespace mp = micropool;

TEST_CASE("the hooks of a worker may make every kind of blocking call") {
  std::atomic<int> done{0};
  const auto all_calls = [&done](std::size_t) {
    mp::join([&] { ++done; }, [&] { ++done; });
    mp::scope([&](mp::scope_ref s) {
      s.fork([&] { ++done; });
      s.fork([&]() -> mp::task<> {
        ++done;
        co_await mp::yield();
        ++done;
      });
    });
    mp::sync_wait([&]() -> mp::task<> {
      co_await mp::yield();
      co_await mp::join([&]() -> mp::task<> { co_return void(++done); }, [&] { ++done; });
    });
  };
  {
    mp::pool_options options{.num_threads = 3};
    options.on_thread_start = all_calls;
    options.on_thread_exit = all_calls;
    mp::thread_pool pool(options);
    pool.join([&] { ++done; }, [&] { ++done; });
  }
  REQUIRE(done == 3 * 2 * 7 + 2);
}
