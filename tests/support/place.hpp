// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a case runs: workers {0, 1, 2, 4} x caller {outside, worker, stackful task}.
#pragma once

#include "gate.hpp"

#include <micropool/scope.hpp>
#include <micropool/thread_pool.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool_test {

enum class caller { outside, worker, stackful };

struct setting {
  std::size_t workers;
  micropool_test::caller caller = caller::outside;

  friend std::ostream& operator<<(std::ostream& out, const setting& s) {
    constexpr const char* names[] = {"outside", "a worker", "a stackful task"};
    return out << s.workers << " workers, the caller is " << names[static_cast<int>(s.caller)];
  }
};

// For GENERATE(from_range(...)).
inline std::vector<setting> every_setting() {
  using enum caller;
  return {{0, outside}, {1, outside}, {2, outside}, {4, outside},  {1, worker},
          {2, worker},  {4, worker},  {0, stackful}, {2, stackful}, {4, stackful}};
}

// A pool, and a thread to call from.
class place {
public:
  explicit place(const setting& s) : pool({.num_threads = s.workers}), caller_(s.caller) {}

  // Calls f there, with the pool current; its result or exception comes back. If it is to be called
  // on a worker, the calling thread is held meanwhile and does not help.
  template <class F>
  std::invoke_result_t<F&> run(F f) {
    using result = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<result>) {
      call(f);
    } else if constexpr (std::is_reference_v<result>) {
      std::remove_reference_t<result>* referred = nullptr;
      call([&] { referred = std::addressof(static_cast<std::remove_reference_t<result>&>(f())); });
      return static_cast<result>(*referred);
    } else {
      std::optional<result> value;
      call([&] { value.emplace(f()); });
      return std::move(*value);
    }
  }

  micropool::thread_pool pool;

private:
  // Compiled once: the library's calls are templates, and each test case has several callables.
  void call(const std::function<void()>& f);

  caller caller_;
};

// Returns only if every worker of the pool and the caller run a job at the same time: a worker that
// got lost makes it hang.
inline void meet_all_workers(micropool::thread_pool& pool) {
  const std::size_t all = pool.num_threads() + 1;
  countdown everybody(all);
  pool.scope([&](micropool::scope_ref s) {
    for (std::size_t i = 1; i < all; ++i) s.fork([&] { everybody.arrive_and_wait(); });
    everybody.arrive_and_wait();
  });
}

// Holds every worker of a pool inside a foreground call of another thread, until released.
class busy_workers {
public:
  explicit busy_workers(micropool::thread_pool& pool)
      : caller_([this, &pool] {
          pool.scope([&](micropool::scope_ref s) {
            for (std::size_t i = 0; i < pool.num_threads(); ++i) s.fork([this] { gate_.pass(); });
            gate_.pass();
          });
        }) {
    gate_.wait_for_arrivals(pool.num_threads() + 1);
  }
  ~busy_workers() { release(); }
  busy_workers(const busy_workers&) = delete;
  busy_workers& operator=(const busy_workers&) = delete;

  void release() {
    gate_.open();
    if (caller_.joinable()) caller_.join();
  }

private:
  gate gate_;
  std::thread caller_;
};

}  // namespace micropool_test
