// SPDX-License-Identifier: MIT OR Apache-2.0
// Tasks that go over to a pool and back until it refuses them, while that pool ends.
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "scale.hpp"

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::scaled;

struct round_of_visits {
  mp::thread_pool home{{.num_threads = 1}};
  mp::thread_pool ending{{.num_threads = 2}};
  mp::thread_pool elsewhere{{.num_threads = 1}};
  std::atomic<bool> ended{false};
  std::atomic<std::size_t> visits{0};
  std::atomic<std::size_t> wrong{0};

  // Called where a pool that waits for its guests cannot have ended.
  void look() {
    ++visits;
    if (ended || &mp::current_pool() != &ending) ++wrong;
  }
};

// An awaitable that the library does not know; resumes on a thread that has nothing to do with
// either pool.
struct leave_both_pools {
  mp::thread_pool& elsewhere;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const {
    static_cast<void>(elsewhere.spawn_owned([h] { h.resume(); }));
  }
  void await_resume() const noexcept {}
};

mp::task<> visit_as_coroutine(round_of_visits& r) {
  try {
    for (;;) {
      co_await mp::resume_on(r.ending);
      r.look();
      co_await leave_both_pools{r.elsewhere};
      r.look();
      co_await mp::resume_on(r.home);
    }
  } catch (const mp::pool_stopped&) {
  }
}

void visit_as_plain_code(round_of_visits& r) {
  try {
    for (;;) {
      r.ending.install([&] {
        mp::await(leave_both_pools{r.elsewhere});
        r.look();
        r.home.install([] { mp::await(mp::yield()); });
        r.look();
      });
    }
  } catch (const mp::pool_stopped&) {
  }
}

}  // namespace

TEST_CASE("guests of a pool that ends are refused or waited for") {
  for (std::size_t round = 0; round < scaled(60); ++round) {
    round_of_visits r;
    std::vector<mp::owned_task<void>> tasks;
    for (int i = 0; i < 2; ++i) {
      tasks.push_back(r.home.spawn_owned(visit_as_coroutine(r)));
      tasks.push_back(r.home.spawn_owned(mp::stackful([&r] { visit_as_plain_code(r); })));
    }
    const auto enough = round % 20;
    while (r.visits < enough) std::this_thread::yield();
    r.ending.shutdown();
    r.ended = true;
    for (auto& t : tasks) t.join();
    REQUIRE(r.wrong == 0);
  }
}
