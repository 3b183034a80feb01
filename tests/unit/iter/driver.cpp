// SPDX-License-Identifier: MIT OR Apache-2.0
// The driver alone: loops whose chunks only count themselves.
#include <micropool/detail/iter/driver.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/slot_states.hpp>
#include <micropool/thread_pool.hpp>

#include "catch.hpp"
#include "gate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

namespace {

namespace mp = micropool;
using namespace micropool::detail;

// More than any pool here has.
constexpr std::uint32_t most_participants = 8;

class counting_loop final : public loop {
public:
  counting_loop(const chunking& c, chunk_policy how, std::stop_token stop = {})
      : loop(c, how, std::move(stop), most_participants), runs(c.count) {}

  void run_chunks(loop_slot& by, chunk_range u) noexcept override {
    {
      const std::lock_guard lock(mutex);
      pieces.push_back(u);
      slots.insert(&by);
    }
    for (std::uint32_t i = u.first; i < u.last; ++i) {
      runs[i].fetch_add(1, std::memory_order_relaxed);
      if (body) body(i);
    }
  }
  mp::task<> await_chunks(loop_slot& by, chunk_range u) override {
    run_chunks(by, u);
    co_await mp::yield();
  }
  bool exhausted() const noexcept override { return enough.load(std::memory_order_relaxed); }

  bool each_ran(int times) const {
    for (const auto& r : runs) {
      if (r.load(std::memory_order_relaxed) != times) return false;
    }
    return true;
  }

  std::vector<std::atomic<int>> runs;
  std::function<void(std::uint32_t)> body;
  std::atomic<bool> enough{false};
  std::mutex mutex;
  std::vector<chunk_range> pieces;
  std::set<const loop_slot*> slots;
  const slot_states<empty_slot_state> memory{*this};
};

class nothing_to_do final : public loop {
public:
  explicit nothing_to_do(const chunking& c)
      : loop(c, {combine_order::unordered, true, false}, {}, most_participants) {}
  void run_chunks(loop_slot&, chunk_range) noexcept override {
    pieces.fetch_add(1, std::memory_order_relaxed);
  }

  std::atomic<int> pieces{0};
  const slot_states<empty_slot_state> memory{*this};
};

enum class form { plain, background, awaiting, awaiting_background };

constexpr form every_form[] = {form::plain, form::background, form::awaiting,
                               form::awaiting_background};

void run(mp::thread_pool& pool, loop& l, form f = form::plain) {
  const auto start = [&]() -> mp::task<> {
    switch (f) {
      case form::plain: co_await run_of_loop(l); break;
      case form::background: co_await l.run_in_background(); break;
      case form::awaiting: co_await l.run_awaiting(); break;
      case form::awaiting_background: co_await l.run_awaiting_in_background(); break;
    }
  };
  pool.sync_wait(start);
}

constexpr chunk_policy ways[] = {
    {combine_order::unordered, true, false},    {combine_order::unordered, false, false},
    {combine_order::fixed_tree, true, false},  {combine_order::fixed_tree, false, false},
    {combine_order::unordered, true, true},     {combine_order::fixed_tree, false, true},
};

}  // namespace

TEST_CASE("every chunk runs exactly once, under any policy and on any thread") {
  for (const std::size_t workers : {0u, 1u, 2u, 5u}) {
    mp::thread_pool pool({.num_threads = workers});
    for (const chunk_policy how : ways) {
      for (const form f : every_form) {
        for (const std::uint64_t n : {0u, 1u, 2u, 3u, 64u, 1000u}) {
          counting_loop l(chunking::per(n, 1), how);
          run(pool, l, f);
          REQUIRE(l.each_ran(1));
        }
      }
    }
  }
}

TEST_CASE("where results are put together in one tree, every piece is a node of it") {
  mp::thread_pool pool({.num_threads = 3});
  for (int round = 0; round < 50; ++round) {
    counting_loop l(chunking::per(1000, 1), {combine_order::fixed_tree, true, false});
    run(pool, l);
    for (const chunk_range u : l.pieces) {
      REQUIRE((u.size() & (u.size() - 1)) == 0);
      REQUIRE(u.first % u.size() == 0);
    }
  }
}

TEST_CASE("a fixed split hands out one chunk at a time") {
  mp::thread_pool pool({.num_threads = 2});
  counting_loop l(chunking::per(1000, 1), {combine_order::unordered, false, false});
  run(pool, l);
  REQUIRE(l.pieces.size() == 1000);
}

TEST_CASE("chunks from the front come in order to one participant") {
  mp::thread_pool pool({.num_threads = 0});
  counting_loop l(chunking::per(100, 1), {combine_order::unordered, false, true});
  run(pool, l);
  for (std::uint32_t i = 0; i < 100; ++i) REQUIRE(l.pieces[i].first == i);
}

TEST_CASE("chunks from the front go to the next participant, others to the owner of their range") {
  mp::thread_pool pool({.num_threads = 1});
  for (const bool from_front : {true, false}) {
    for (const form f : every_form) {
      counting_loop l(chunking::per(100, 1), {combine_order::unordered, false, from_front});
      micropool_test::gate second;
      std::atomic<std::uint32_t> taken_by_second{0};
      // The first chunk goes on when the other participant has begun one.
      l.body = [&](std::uint32_t i) {
        if (i == 0) return second.pass();
        std::uint32_t none = 0;
        taken_by_second.compare_exchange_strong(none, i);
        second.open();
      };
      run(pool, l, f);
      REQUIRE(taken_by_second == (from_front ? 1u : 50u));
      REQUIRE(l.each_ran(1));
    }
  }
}

TEST_CASE("pieces of the automatic split grow while they are short") {
  mp::thread_pool pool({.num_threads = 0});
  nothing_to_do l(chunking::per(1'000'000, 1));
  run(pool, l);
  REQUIRE(l.pieces < 2000);
}

TEST_CASE("pieces of the automatic split shrink where chunks are long") {
  mp::thread_pool pool({.num_threads = 0});
  counting_loop l(chunking::per(102'000, 1), {combine_order::unordered, true, false});
  l.body = [](std::uint32_t i) {
    if (i < 100'000) return;
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(30);
    while (std::chrono::steady_clock::now() < end) {
    }
  };
  run(pool, l);
  REQUIRE(l.each_ran(1));
  const auto among_the_last = [](chunk_range u) { return u.first >= 101'500; };
  REQUIRE(std::ranges::count_if(l.pieces, among_the_last) == 500);
}

TEST_CASE("nothing above the bound begins, and everything below it runs") {
  for (const std::size_t workers : {0u, 2u}) {
    mp::thread_pool pool({.num_threads = workers});
    for (const chunk_policy how : ways) {
      if (how.automatic) continue;  // there one piece may go across the bound
      for (int round = 0; round < 20; ++round) {
        counting_loop l(chunking::per(200, 1), how);
        std::atomic<int> after{0};
        std::atomic<bool> lowered{false};
        l.body = [&](std::uint32_t i) {
          if (lowered.load() && i >= 150) after.fetch_add(1);
          if (i == 100) {
            l.skip_from(100);
            lowered.store(true);
          }
        };
        run(pool, l);
        for (std::uint32_t i = 0; i <= 100; ++i) REQUIRE(l.runs[i].load() == 1);
        // Others may have taken one each before.
        REQUIRE(after.load() <= static_cast<int>(workers));
        if (workers == 0) REQUIRE(l.runs[101].load() == 0);
      }
    }
  }
}

TEST_CASE("a bound that was lowered does not rise again") {
  mp::thread_pool pool({.num_threads = 0});
  counting_loop l(chunking::per(10, 1), ways[0]);
  l.skip_from(5);
  l.skip_from(8);
  CHECK(l.is_wanted(4));
  CHECK_FALSE(l.is_wanted(5));
  run(pool, l);
  CHECK(l.runs[4].load() == 1);
  CHECK(l.runs[5].load() == 0);
}

TEST_CASE("a stop request leaves out the rest, and is reported") {
  mp::thread_pool pool({.num_threads = 1});
  std::stop_source source;
  const std::stop_token token = source.get_token();
  for (const form f : every_form) {
    std::stop_source stop;
    const std::stop_token t = stop.get_token();
    counting_loop l(chunking::per(100'000, 1), {combine_order::unordered, false, false}, t);
    l.body = [&](std::uint32_t) { stop.request_stop(); };
    run(pool, l, f);
    REQUIRE(l.was_stopped_below(loop::none));
    REQUIRE(l.pieces.size() <= 2);
  }
  counting_loop whole(chunking::per(10, 1), {combine_order::unordered, false, false}, token);
  run(pool, whole);
  REQUIRE_FALSE(whole.was_stopped_below(loop::none));
}

TEST_CASE("a stop request after the last chunk began is no stop") {
  mp::thread_pool pool({.num_threads = 0});
  std::stop_source stop;
  const std::stop_token token = stop.get_token();
  counting_loop l(chunking::per(10, 1), {combine_order::unordered, false, false}, token);
  l.body = [&](std::uint32_t i) {
    if (i == 9) stop.request_stop();
  };
  run(pool, l);
  REQUIRE_FALSE(l.was_stopped_below(loop::none));
  REQUIRE(l.each_ran(1));
}

TEST_CASE("a loop that is exhausted takes no further chunk") {
  mp::thread_pool pool({.num_threads = 0});
  counting_loop l(chunking::per(1000, 1), {combine_order::unordered, false, false});
  l.body = [&](std::uint32_t i) { l.enough = i == 5; };
  run(pool, l);
  REQUIRE(l.pieces.size() == 6);
}

TEST_CASE("participants beside the caller take part, each on a slot of its own") {
  mp::thread_pool pool({.num_threads = 2});
  for (const chunk_policy how : ways) {
    if (how.automatic) continue;
    for (const form f : every_form) {
      counting_loop l(chunking::per(3, 1), how);
      micropool_test::countdown all(3);
      l.body = [&](std::uint32_t) { all.arrive_and_wait(); };
      run(pool, l, f);
      REQUIRE(l.slots.size() == 3);
    }
  }
}

TEST_CASE("a loop that lasts asks for help, whatever the split") {
  mp::thread_pool pool({.num_threads = 1});
  for (const chunk_policy how : ways) {
    counting_loop l(chunking::per(1000, 1), how);
    micropool_test::gate helped;
    std::atomic<std::thread::id> first{};
    l.body = [&](std::uint32_t i) {
      const auto me = std::this_thread::get_id();
      auto none = std::thread::id();
      first.compare_exchange_strong(none, me);
      if (first.load() != me) return helped.open();
      // Long enough for the automatic split to notice; then no participant goes on without help. The
      // next chunk is taken alone, as this one took so long; a later one might be in a piece that
      // leaves nothing.
      if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (i == 1) helped.pass();
    };
    run(pool, l);
    REQUIRE(l.each_ran(1));
  }
}

TEST_CASE("a loop that is over at once asks for no help") {
  mp::thread_pool pool({.num_threads = 1});
  const auto slots_taken = [&](std::uint64_t n) {
    nothing_to_do l(chunking::per(n, 1));
    run(pool, l);
    int slots = 0;
    l.each_slot([&](loop_slot&) { ++slots; });
    return slots;
  };
  int asked = 0;
  for (int round = 0; round < 1000; ++round) {
    REQUIRE(slots_taken(1) == 1);
    asked += slots_taken(2) > 1;
  }
  // Not if its thread was interrupted between the two chunks.
  REQUIRE(asked < 500);
}
