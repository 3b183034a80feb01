// SPDX-License-Identifier: MIT OR Apache-2.0
// The frame allocator: no block has two holders at the same time, and none is lost on its way from
// one thread's lists through the shared store to another's.
#include "event.hpp"
#include "orders.hpp"

#include <micropool/detail/work/frame_alloc.hpp>

#include <cstddef>
#include <memory>
#include <set>
#include <utility>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

constexpr std::size_t size_class = 0;
constexpr std::size_t block_size = detail::size_of_class(size_class);
// Two blocks make a full list, and a thread keeps two lists.
constexpr std::size_t per_thread = 4 * block_size;

void keep_short_lists(std::size_t shared = 64 * block_size) {
  detail::set_frame_cache_limits({.per_thread = per_thread, .shared = shared});
}

// A block whose holder writes into all of it: two holders at a time are a data race.
struct held {
  std::byte bytes[block_size];
};
held* take() {
  void* const memory = detail::take_block(size_class);
  simulation::check(reinterpret_cast<std::uintptr_t>(memory) % detail::block_alignment == 0,
                    "aligned");
  return ::new (memory) held{};
}
void give(held* h) {
  h->bytes[block_size - 1] = std::byte{1};
  detail::give_block(size_class, h);
}

// Hands blocks from a thread to another.
class handover {
public:
  void put(held* h) {
    blocks_[put_] = h;
    put_events_[put_++].set();
  }
  held* get() {
    put_events_[got_].wait();
    return blocks_[got_++];
  }

private:
  held* blocks_[4]{};
  event put_events_[4];
  int put_ = 0;  // by the one that puts
  int got_ = 0;  // by the one that gets
};

std::size_t bytes_in_store() { return detail::frame_cache_held().shared; }

}  // namespace

TEST_CASE("frame allocator: blocks that another thread frees come back as a full list") {
  simulate(preempted_with_locks(1), [] {
    keep_short_lists();
    held* all[3];
    for (held*& b : all) b = take();
    simulation::threads(
        [&] {
          keep_short_lists();
          for (held* b : all) give(b);
        },
        [&] {
          keep_short_lists();
          held* const mine[] = {take(), take()};
          simulation::check(mine[0] != mine[1], "two blocks");
          for (held* b : mine) give(b);
        });
    // Both have ended, and have left all their blocks in the store.
    simulation::check(bytes_in_store() % block_size == 0, "whole blocks");
    simulation::check(bytes_in_store() >= 3 * block_size, "no block is lost");
    simulation::check(bytes_in_store() <= 5 * block_size, "none is counted twice");
  });
}

TEST_CASE("frame allocator: two threads that share the store hold different blocks") {
  simulate(preempted_with_locks(1), [] {
    keep_short_lists();
    {
      held* all[4];
      for (held*& b : all) b = take();
      for (held* b : all) give(b);
    }
    // Leaves two full lists in the store.
    detail::set_frame_cache_limits({.per_thread = 0, .shared = 64 * block_size});
    simulation::check(bytes_in_store() == 4 * block_size, "all in the store");
    const auto body = [] {
      keep_short_lists();
      held* const a = take();
      held* const b = take();
      simulation::check(a != b, "two blocks");
      give(a), give(b);
    };
    simulation::threads(body, body);
    simulation::check(bytes_in_store() == 4 * block_size, "the same blocks are back");
  });
}

TEST_CASE("frame allocator: a thread that ends leaves its blocks to those that run on") {
  simulate_by_chance(1'000, 150, [] {
    const auto body = [] {
      keep_short_lists();
      held* const mine[] = {take(), take(), take()};
      for (held* b : mine) give(b);
    };
    simulation::threads(body, body);
    const std::size_t blocks = bytes_in_store() / block_size;
    simulation::check(blocks >= 3 && blocks <= 6, "the blocks of both are in the store");
    // Each is there once.
    std::set<held*> all;
    for (std::size_t i = 0; i < blocks; ++i) all.insert(take());
    simulation::check(all.size() == blocks, "each once");
    for (held* b : all) give(b);
  });
}

TEST_CASE("frame allocator: the store keeps to its limit, and what is beyond goes to the heap") {
  simulate_by_chance(1'000, 150, [] {
    const auto body = [] {
      keep_short_lists(2 * block_size);
      held* mine[5];
      for (held*& b : mine) b = take();
      for (held* b : mine) give(b);
      simulation::check(detail::frame_cache_held().this_thread <= per_thread, "the thread's limit");
      simulation::check(bytes_in_store() <= 2 * block_size, "the store's limit");
    };
    simulation::threads(body, body);
    simulation::check(bytes_in_store() <= 2 * block_size, "the limit in the end");
  });
}

TEST_CASE("frame allocator: room that one thread uses is not taken back for another as well") {
  simulate_by_chance(1'000, 150, [] {
    const auto keep_nothing = [](std::size_t shared) {
      detail::set_frame_cache_limits({.per_thread = 0, .shared = shared * block_size});
    };
    keep_nothing(2);
    held* const more = take();
    {
      held* const two[] = {take(), take()};
      for (held* b : two) give(b);
    }
    simulation::threads(
        [&] {
          keep_nothing(2);
          give(take());
          give(take());
        },
        [&] {
          keep_nothing(2);
          give(more);
        });
    simulation::check(bytes_in_store() <= 2 * block_size, "the limit");
    // What is counted is what is there: nothing is left when the count says so.
    keep_nothing(0);
    simulation::check(bytes_in_store() == 0, "the store is empty");
    held* const last = take();
    keep_nothing(0);
    simulation::check(bytes_in_store() == 0, "it did not come from there");
    give(last);
  });
}

TEST_CASE("frame allocator: two threads exchange blocks at random") {
  simulate({.executions = 2'000}, [] {
    const auto there = std::make_unique<handover>();
    const auto back = std::make_unique<handover>();
    const auto body = [](handover& to, handover& from) {
      keep_short_lists(3 * block_size);
      for (int round = 0; round < 2; ++round) {
        to.put(take());
        held* const mine[] = {take(), take()};
        give(from.get());
        for (held* b : mine) give(b);
        to.put(take());
        give(from.get());
      }
    };
    simulation::threads([&] { body(*there, *back); }, [&] { body(*back, *there); });
    simulation::check(bytes_in_store() <= 3 * block_size, "the limit");
  });
}
