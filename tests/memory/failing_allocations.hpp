// SPDX-License-Identifier: MIT OR Apache-2.0
// Lets the n-th allocation of a call fail, on whatever thread. Replaces the global operator new of the
// program (failing_allocations.cpp).
#pragma once

#include "catch.hpp"
#include "forked.hpp"

#include <micropool/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <new>

namespace micropool_test {

// Allocations that succeed before the one that fails; negative: all succeed.
extern std::atomic<long> before_failure;
extern std::atomic<bool> has_failed;
// Smaller allocations neither fail nor count.
extern std::size_t smallest_counted;

enum outcome { completed, refused, nothing_failed, another_exception };

struct failures {
  int all = 0;
  int survived = 0;  // the call has completed all the same
};

// Each n in a process of its own, where nothing has been recycled yet.
template <class Call>
failures fail_each_allocation_of(Call call) {
  failures found;
  for (const std::size_t workers : {std::size_t{0}, std::size_t{2}}) {
    int result = completed;
    for (long n = 0; result != nothing_failed; ++n) {
      result = in_child([&] {
        int seen = completed;
        micropool::thread_pool pool({.num_threads = workers});
        before_failure = n;
        try {
          pool.install(call);
        } catch (const std::bad_alloc&) {
          seen = refused;
        } catch (...) {
          seen = another_exception;
        }
        before_failure = -1;
        pool.install(call);
        return has_failed ? seen : static_cast<int>(nothing_failed);
      });
      CAPTURE(workers, n);
      REQUIRE(result >= completed);
      REQUIRE(result <= nothing_failed);
      if (result != nothing_failed) ++found.all;
      if (result == completed) ++found.survived;
    }
  }
  return found;
}

// The memory of a deque that grows is the only allocation of this size in the calls given.
template <class Call>
int fail_each_growth_of_a_deque(Call call) {
  smallest_counted = 4096;
  const int all = fail_each_allocation_of(call).all;
  smallest_counted = 0;
  return all;
}

}  // namespace micropool_test
