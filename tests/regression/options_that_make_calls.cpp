// SPDX-License-Identifier: MIT OR Apache-2.0
// A thread keeps a slot of the pool that it called last, and references to the one that it
// spawned on last. With a call on another pool it gave up what it had, and took note of the new
// afterwards. The last reference destroys the pool's options, and a destructor of the user's among
// them may make calls of its own: what these had noted was overwritten, and their pool never ended.
#include <micropool/micropool.hpp>

#include "catch.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace mp = micropool;

namespace {

// Held by the options of a pool; counts the pools whose options are there.
class life {
public:
  explicit life(std::atomic<int>& count) : count_(&count) { ++*count_; }
  life(const life& other) : count_(other.count_) { ++*count_; }
  life& operator=(const life&) = delete;
  ~life() { --*count_; }

private:
  std::atomic<int>* count_;
};

mp::pool_options counted(std::atomic<int>& count) {
  mp::pool_options o{.num_threads = 0};
  o.on_unhandled_exception = [alive = life(count)](std::exception_ptr) {};
  return o;
}

// Uses a pool of its own where it is destroyed, and ends it.
struct late_caller {
  std::unique_ptr<mp::thread_pool> pool;
  std::atomic<int>* calls;
  ~late_caller() {
    pool->spawn_owned([this] { ++*calls; }).join();
    pool->join([this] { ++*calls; }, [this] { ++*calls; });
  }
};

}  // namespace

TEST_CASE("a pool ends although its last call comes from the destructor of another pool's options") {
  std::atomic<int> pools{0};
  std::atomic<int> calls{0};
  const auto use = [](mp::thread_pool& pool) {
    pool.spawn_owned([] {}).join();
    pool.join([] {}, [] {});
  };
  std::thread([&] {
    mp::thread_pool next({.num_threads = 0});
    {
      auto late = std::make_shared<late_caller>(
          std::make_unique<mp::thread_pool>(counted(pools)), &calls);
      mp::pool_options o{.num_threads = 0};
      o.on_unhandled_exception = [kept = std::move(late)](std::exception_ptr) {};
      auto first = std::make_unique<mp::thread_pool>(std::move(o));
      use(*first);
      // This thread keeps its slot and its cached references, since another one ends the pool.
      std::thread([&] { first.reset(); }).join();
    }
    CHECK(calls == 0);
    use(next);
    CHECK(calls == 3);
  }).join();
  CHECK(calls == 3);
  CHECK(pools == 0);
}

TEST_CASE("the hooks of a pool are destroyed with it, on the thread that destroys it") {
  std::atomic<int> hooks{0};
  {
    mp::pool_options o{.num_threads = 1};
    o.on_thread_start = [alive = life(hooks)](std::size_t) {};
    o.on_thread_exit = [alive = life(hooks)](std::size_t) {};
    o.spawn_handler = [alive = life(hooks)](std::size_t, std::function<void()> body) {
      return std::thread(std::move(body));
    };
    mp::thread_pool pool(std::move(o));
    // The slot of this call keeps the state of the pool.
    pool.join([] {}, [] {});
    CHECK(hooks == 3);
  }
  CHECK(hooks == 0);
}
