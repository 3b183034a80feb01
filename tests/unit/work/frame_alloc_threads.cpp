// SPDX-License-Identifier: MIT OR Apache-2.0
// Recycled memory between threads: blocks given back elsewhere, and threads that end.
#include <micropool/detail/work/frame_alloc.hpp>

#include "allocation_counter.hpp"
#include "catch.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

using namespace micropool::detail;
using micropool_test::allocations;
using micropool_test::deallocations;

namespace {

template <class F>
void on_thread(F f) {
  std::thread(f).join();
}

std::vector<void*> take(std::size_t c, std::size_t n) {
  std::vector<void*> blocks;
  for (; n > 0; --n) blocks.push_back(take_block(c));
  return blocks;
}
void give(std::size_t c, const std::vector<void*>& blocks) {
  for (void* b : blocks) give_block(c, b);
}

// How much more the store holds after f.
template <class F>
std::ptrdiff_t added_to_store(F f) {
  const auto before = static_cast<std::ptrdiff_t>(frame_cache_held().shared);
  f();
  return static_cast<std::ptrdiff_t>(frame_cache_held().shared) - before;
}

}  // namespace

TEST_CASE("a thread that ends leaves its blocks to the others") {
  std::uint64_t heap = 1;
  const auto added = added_to_store([&] {
    on_thread([] { give(7, take(7, 40)); });
  });
  REQUIRE(added == 40 * static_cast<std::ptrdiff_t>(size_of_class(7)));
  on_thread([&] {
    // Room for what follows, so that only blocks are counted.
    std::vector<void*> blocks;
    blocks.reserve(40);
    const std::uint64_t before = allocations();
    for (int k = 0; k < 40; ++k) blocks.push_back(take_block(7));
    heap = allocations() - before;
    give(7, blocks);
  });
  REQUIRE(heap == 0);
}

TEST_CASE("a thread that only ever gives blocks back loses none of them when it ends") {
  std::vector<void*> blocks;
  on_thread([&] { blocks = take(8, 40); });
  const std::uint64_t before = deallocations();
  const auto added = added_to_store([&] {
    on_thread([&] { give(8, blocks); });
  });
  REQUIRE(added == 40 * static_cast<std::ptrdiff_t>(size_of_class(8)));
  // Less would do as well, if the heap had the rest; here the store has room.
  REQUIRE(deallocations() - before < 40);
}

TEST_CASE("a thread that may keep nothing takes one block from the store, and not its whole list") {
  constexpr std::size_t size = size_of_class(9);
  on_thread([] { give(9, take(9, 40)); });  // which come to the store as one list
  frame_cache_use before{}, taken{}, given{};
  std::uint64_t heap = 1;
  on_thread([&] {
    set_frame_cache_limits({0, std::size_t{64} << 20});
    before = frame_cache_held();
    const std::uint64_t allocated = allocations();
    void* const b = take_block(9);
    heap = allocations() - allocated;
    taken = frame_cache_held();
    give_block(9, b);
    given = frame_cache_held();
  });
  REQUIRE(heap == 0);
  REQUIRE(taken.this_thread == 0);
  REQUIRE(taken.shared == before.shared - size);
  REQUIRE(given.this_thread == 0);
  REQUIRE(given.shared == before.shared);
}

TEST_CASE("what one thread takes from the store leaves room there for what another gives") {
  constexpr std::size_t c = 11;
  constexpr std::size_t size = size_of_class(c);
  constexpr std::size_t all = (std::size_t{1} << 20) / size;
  std::atomic<int> turn{0};
  const auto wait_for = [&](int n) {
    while (turn.load(std::memory_order_acquire) != n) std::this_thread::yield();
  };
  // The other thread is there, with a shelf of its own, before the store has left any room.
  const std::vector<void*> blocks = take(c, all);
  std::uint64_t freed = 1;
  std::thread other([&] {
    set_frame_cache_limits({0, 0});
    set_frame_cache_limits({0, all * size});
    turn.store(1, std::memory_order_release);
    wait_for(2);
    const std::uint64_t before = deallocations();
    for (void* b : blocks) give_block(c, b);
    freed = deallocations() - before;
    turn.store(3, std::memory_order_release);
  });
  wait_for(1);
  std::size_t left = 1, held = 0, held_at_end = 0;
  on_thread([&] {
    set_frame_cache_limits({0, all * size});
    give(c, take(c, all));  // one list for each, and all of them in the store
    const std::vector<void*> again = take(c, all);
    left = frame_cache_held().shared;
    turn.store(2, std::memory_order_release);
    wait_for(3);
    held = frame_cache_held().shared;
    give(c, again);
    held_at_end = frame_cache_held().shared;
  });
  other.join();
  set_frame_cache_limits({std::size_t{256} << 10, std::size_t{64} << 20});
  REQUIRE(left == 0);
  REQUIRE(held == all * size);
  REQUIRE(freed == 0);
  REQUIRE(held_at_end == all * size);
}

namespace {

// Gives its block back when the thread ends, later than the lists have been given away.
struct late {
  void* block = nullptr;
  ~late() {
    if (block != nullptr) give_block(10, block);
  }
};

}  // namespace

TEST_CASE("a block given back during the very end of a thread is not lost") {
  const auto added = added_to_store([] {
    on_thread([] {
      static thread_local late l;  // made before the lists, hence destroyed after them
      l.block = nullptr;
      l.block = take_block(10);
    });
  });
  REQUIRE(added == static_cast<std::ptrdiff_t>(size_of_class(10)));
  on_thread([] { give(10, take(10, 1)); });
}

TEST_CASE("blocks that wander from one thread to another come round again") {
  // One thread takes, the other gives back: in the long run the heap is asked for no more than what
  // is in use at once and what the giver keeps, which is little.
  std::vector<void*> handed;
  std::atomic<int> turn{0};
  const auto wait_for = [&](int n) {
    while (turn.load(std::memory_order_acquire) != n) std::this_thread::yield();
  };
  constexpr int rounds = 200;
  constexpr std::size_t per_round = 500;
  std::thread giver([&] {
    for (int n = 0; n < rounds; ++n) {
      wait_for(2 * n + 1);
      for (void* b : handed) give_block(6, b);
      handed.clear();
      turn.store(2 * n + 2, std::memory_order_release);
    }
  });
  handed.reserve(per_round);
  const std::uint64_t before = allocations();
  for (int n = 0; n < rounds; ++n) {
    wait_for(2 * n);
    for (std::size_t k = 0; k < per_round; ++k) handed.push_back(take_block(6));
    turn.store(2 * n + 1, std::memory_order_release);
  }
  wait_for(2 * rounds);
  const std::uint64_t from_heap = allocations() - before;
  giver.join();
  REQUIRE(from_heap <= per_round + (std::size_t{32} << 10) / size_of_class(6) + 64);
}

TEST_CASE("threads that take and give each other's blocks of all sizes never share one") {
  struct held {
    unsigned char* block;
    std::size_t c;
    unsigned char mark;
  };
  std::mutex mutex;
  std::vector<held> market;  // what another thread may give back
  std::atomic<std::size_t> damaged{0};
  std::vector<std::thread> threads;
  auto seeds = micropool_test::seeded_engine("frame market");
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, seed = seeds(), mark = static_cast<unsigned char>(t + 1)] {
      std::mt19937_64 random(seed);
      std::vector<held> mine;
      const auto check_and_give = [&](const held& h) {
        for (std::size_t k = 0; k < size_of_class(h.c); k += 61) damaged += h.block[k] != h.mark;
        give_block(h.c, h.block);
      };
      for (std::size_t step = 0; step < micropool_test::scaled(6'000); ++step) {
        const std::size_t c = random() % 8 == 0 ? random() % size_class_count : random() % 4;
        auto* const b = static_cast<unsigned char*>(take_block(c));
        std::memset(b, mark, size_of_class(c));
        mine.push_back({b, c, mark});
        if (random() % 2 == 0) std::swap(mine.back(), mine[random() % mine.size()]);
        if (mine.size() < random() % 64) continue;
        const held h = mine.back();
        mine.pop_back();
        if (random() % 2 == 0) {
          check_and_give(h);
          continue;
        }
        const std::lock_guard lock(mutex);
        market.push_back(h);
        if (market.size() > 100) {
          const held other = market[random() % market.size()];
          std::swap(market.back(), *std::find_if(market.begin(), market.end(), [&](const held& m) {
            return m.block == other.block;
          }));
          market.pop_back();
          check_and_give(other);
        }
      }
      for (const held& h : mine) check_and_give(h);
    });
  }
  for (std::thread& t : threads) t.join();
  for (const held& h : market) give_block(h.c, h.block);
  REQUIRE(damaged == 0);
}
