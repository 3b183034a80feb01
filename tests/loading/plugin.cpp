// SPDX-License-Identifier: MIT OR Apache-2.0
// A library whose static initialiser makes pools, uses and ends them, and whose static destructor
// ends another. The loader's lock is held all the time.
#include <micropool/micropool.hpp>

#include <atomic>
#include <tuple>

namespace mp = micropool;

namespace {

mp::task<int> five() { co_return 5; }

// What it returns is 7 + 100 + 5.
int use(mp::thread_pool& pool) {
  int left = 0;
  int right = 0;
  pool.join([&] { left = 3; }, [&] { right = 4; });
  std::atomic<int> children{0};
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 100; ++i) {
      s.fork([&] {
        try {
          throw 1;
        } catch (int one) {
          children += one;
        }
      });
    }
  });
  return left + right + children + pool.spawn_owned(five()).join();
}

struct initialiser {
  initialiser() {
    for (int i = 0; i < 20; ++i) const mp::thread_pool unused({.num_threads = 2});
    for (int i = 0; i < 20; ++i) {
      mp::thread_pool used({.num_threads = 2});
      result = use(used);
    }
    result += use(pool);
  }
  mp::thread_pool pool{mp::pool_options{.num_threads = 3}};
  int result = 0;
};
initialiser the_initialiser;

}  // namespace

extern "C" {

[[gnu::visibility("default")]] int result_of_initialiser() { return the_initialiser.result; }

[[gnu::visibility("default")]] int use_from_outside() { return use(the_initialiser.pool); }

// Leaves a guest's slot, frames and a stack with a thread that ends after the library.
[[gnu::visibility("default")]] int use_stackful() {
  const auto join = [] { return mp::join([] { return 1; }, [] { return 2; }); };
  return the_initialiser.pool.spawn_owned(mp::stackful(join)).join() == std::tuple(1, 2) ? 1 : 0;
}

}  // extern "C"
