// SPDX-License-Identifier: MIT OR Apache-2.0
// Loops: chunks that are taken from the front by one thread, and stolen in halves by others.
#include "../pools.hpp"

#include <array>
#include <cstddef>

using namespace micropool_test;
using simulation::check;

namespace {

constexpr std::size_t items = 6;

struct visits {
  std::array<std::atomic<int>, items> each{};

  void visit(std::size_t i) { each[i].fetch_add(1, std::memory_order_relaxed); }
  bool all_are(int n) const {
    for (const auto& v : each) {
      if (v.load(std::memory_order_relaxed) != n) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("loops: each item is visited once, also if it was stolen") {
  simulate_both(600, 2'500, [] {
    visits v;
    mp::thread_pool pool(workers(2));
    pool.install([&] {
      mp::par_range(items).with(mp::split_per_item()).for_each([&](std::size_t i) { v.visit(i); });
    });
    check(v.all_are(1), "each item once");
  });
}

TEST_CASE("loops: two loops of the same thread, one inside the other") {
  simulate_both(300, 3'500, [] {
    visits v;
    mp::thread_pool pool(workers(1));
    pool.install([&] {
      mp::par_range(std::size_t{2}).with(mp::split_per_item()).for_each([&](std::size_t) {
        mp::par_range(items).with(mp::split_per_item()).for_each([&](std::size_t i) {
          v.visit(i);
        });
      });
    });
    check(v.all_are(2), "each item twice");
  });
}

TEST_CASE("loops: of two items that throw, the first in order reaches the caller") {
  simulate_both(300, 2'500, [] {
    std::array<std::atomic<int>, items> begun{};
    int caught = -1;
    mp::thread_pool pool(workers(2));
    try {
      pool.install([&] {
        mp::par_range(items).with(mp::split_per_item()).for_each([&](std::size_t i) {
          begun[i].store(1, std::memory_order_relaxed);
          if (i == 1 || i == 4) throw static_cast<int>(i);
        });
      });
    } catch (int which) {
      caught = which;
    }
    check(begun[0].load(std::memory_order_relaxed) == 1, "what comes before has begun");
    check(caught == 1, "the first");
  });
}
