// SPDX-License-Identifier: MIT OR Apache-2.0
// Plain code that waits without a thread.
#include <micropool/micropool.hpp>

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

struct node {
  int value = 1;
  std::vector<std::unique_ptr<node>> children;
};

// An interface of another library: its callbacks are plain functions, so nothing in it can
// `co_await`.
struct visitor {
  virtual ~visitor() = default;
  virtual void enter(const node& n) = 0;
};

void walk(const node& n, visitor& v) {
  v.enter(n);
  for (const auto& c : n.children) walk(*c, v);
}

mp::task<int> look_up(int value) {
  co_await mp::yield();  // as if it waited for a disk
  co_return value * 2;
}

// [snippet: visitor]
struct adds_up : visitor {
  int sum = 0;
  // Called from deep inside code that knows nothing of coroutines.
  void enter(const node& n) override { sum += mp::await(look_up(n.value)); }
};

mp::task<int> sum_of(const node& root) {
  auto plain = [&root] {
    adds_up visitor;
    walk(root, visitor);  // while a look-up waits, the thread does something else
    return visitor.sum;
  };
  co_return co_await mp::stackful(std::move(plain));
}
// [end]

// [snippet: together]
int several_at_once(const node& left, const node& right) {
  auto [a, b] = mp::sync_wait(mp::join(sum_of(left), mp::stackful([&right] {
    adds_up visitor;
    walk(right, visitor);
    return visitor.sum;
  })));
  return a + b;
}
// [end]

// [snippet: blocking]
long fib(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
  return a + b;
}

long blocking_calls_suspend() {
  return mp::sync_wait(mp::stackful([] {
    auto t = mp::spawn_owned([] { return 1; });
    long sum = fib(10);                            // a join suspends only if a branch was stolen
    sum += mp::par_range(100).sum();               // loops,
    mp::scope([&](mp::scope_ref s) { s.fork([] {}); });  // scopes,
    sum += t.join();                               // and the joins of spawned tasks suspend as well
    return sum + mp::await(look_up(2));
  }));
}
// [end]

// [snippet: handler]
std::string exceptions_come_along() {
  return mp::sync_wait(mp::stackful([] {
    try {
      try {
        throw std::runtime_error("lost connection");
      } catch (const std::exception&) {
        mp::await(look_up(1));  // may go on on another thread, still in this handler
        throw;                  // the same exception
      }
    } catch (const std::exception& e) {
      return std::string(e.what());
    }
  }));
}
// [end]

// [snippet: stack_size]
int with_large_stacks() {
  mp::pool_options options;
  options.stacks.size = std::size_t{1} << 20;  // bytes; only what is touched takes memory
  mp::thread_pool pool(options);
  return pool.sync_wait(mp::stackful([] {
    volatile char buffer[512 * 1024];
    buffer[0] = 1;
    mp::await(look_up(1));
    return int{buffer[0]};
  }));
}
// [end]

// [snippet: branches]
int branches_that_wait() {
  return mp::sync_wait(mp::stackful([] {
    // A branch of plain code that another thread takes runs on that thread's stack, and blocks it
    // where it waits. Branches that wait for long are stackful tasks themselves:
    auto [a, b] = mp::await(mp::join(mp::stackful([] { return mp::await(look_up(1)); }),
                                     mp::stackful([] { return mp::await(look_up(2)); })));
    return a + b;
  }));
}
// [end]

// [snippet: lock_wrong]
void lock_across_a_wait(std::mutex& mutex, int& total) {
  const std::lock_guard lock(mutex);
  total += mp::await(look_up(1));  // unlocked by whatever thread goes on: undefined
}
// [end]

// [snippet: lock_right]
void lock_after_the_wait(std::mutex& mutex, int& total) {
  const int value = mp::await(look_up(1));
  const std::lock_guard lock(mutex);
  total += value;
}
// [end]

// [snippet: identity_wrong]
bool moved_wrong() {
  const auto before = std::this_thread::get_id();
  mp::await(look_up(1));
  return std::this_thread::get_id() != before;  // the compiler may answer "no" without asking
}
// [end]

int main() {
  node root;
  root.children.push_back(std::make_unique<node>());
  check(mp::sync_wait(sum_of(root)) == 4);
  check(several_at_once(root, root) == 8);
  check(blocking_calls_suspend() == 55 + 4950 + 1 + 4);
  check(exceptions_come_along() == "lost connection");
  check(with_large_stacks() == 1);
  check(branches_that_wait() == 6);
  std::mutex mutex;
  int total = 0;
  mp::sync_wait(mp::stackful([&] { lock_after_the_wait(mutex, total); }));
  check(total == 2);
  static_cast<void>(lock_across_a_wait);
  static_cast<void>(moved_wrong);
}
