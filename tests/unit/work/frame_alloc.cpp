// SPDX-License-Identifier: MIT OR Apache-2.0
// Recycled memory as one thread sees it. Each case runs on a thread of its own, whose lists are
// empty at first.
#include <micropool/detail/work/frame_alloc.hpp>

#include "allocation_counter.hpp"
#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using namespace micropool::detail;
using micropool_test::allocations;
using micropool_test::deallocations;

namespace {

constexpr frame_cache_limits defaults{std::size_t{256} << 10, std::size_t{16} << 20};

// With nothing in the shared store before, and the limits as they were after.
template <class F>
void on_fresh_thread(F f) {
  std::thread([&] {
    set_frame_cache_limits({0, 0});
    for (std::size_t c = 0; c < size_class_count; ++c) {
      // What earlier threads left: with no room in the store it goes to the heap.
      while (frame_cache_held().shared > 0) {
        const std::size_t before = frame_cache_held().shared;
        give_block(c, take_block(c));
        if (frame_cache_held().shared == before) break;
      }
    }
    set_frame_cache_limits(defaults);
    f();
    set_frame_cache_limits(defaults);
  }).join();
}

struct wide {
  alignas(128) unsigned char bytes[256];
};

}  // namespace

TEST_CASE("the shared store can be emptied, which the other cases rely on") {
  std::size_t left = 1;
  on_fresh_thread([&] { left = frame_cache_held().shared; });
  REQUIRE(left == 0);
}

TEST_CASE("a block that was given back is taken again, the last one first") {
  bool same = false;
  on_fresh_thread([&] {
    void* const a = take_block(3);
    void* const b = take_block(3);
    give_block(3, a);
    give_block(3, b);
    same = take_block(3) == b && take_block(3) == a;
    give_block(3, a);
    give_block(3, b);
  });
  REQUIRE(same);
}

TEST_CASE("blocks of all classes are aligned, apart from each other, and as large as they say") {
  std::size_t misaligned = 0;
  std::size_t damaged = 0;
  on_fresh_thread([&] {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (int round = 0; round < 2; ++round) {
      for (std::size_t c = 0; c < size_class_count; ++c) {
        for (int k = 0; k < 3; ++k) {
          auto* const p = static_cast<unsigned char*>(take_block(c));
          misaligned += reinterpret_cast<std::uintptr_t>(p) % alignment_of_class(c) != 0;
          std::memset(p, static_cast<int>(blocks.size() % 251), size_of_class(c));
          blocks.emplace_back(p, c);
        }
      }
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto [p, c] = blocks[i];
        for (std::size_t k = 0; k < size_of_class(c); ++k) damaged += p[k] != i % 251;
        give_block(c, p);
      }
      blocks.clear();
    }
  });
  REQUIRE(misaligned == 0);
  REQUIRE(damaged == 0);
}

TEST_CASE("the classes do not lend blocks to each other") {
  std::set<void*> small;
  std::size_t mixed = 0;
  on_fresh_thread([&] {
    std::vector<void*> blocks;
    for (int k = 0; k < 10; ++k) blocks.push_back(take_block(0));
    small.insert(blocks.begin(), blocks.end());
    for (void* b : blocks) give_block(0, b);
    blocks.clear();
    for (int k = 0; k < 10; ++k) blocks.push_back(take_block(1));
    for (void* b : blocks) {
      mixed += small.count(b);
      give_block(1, b);
    }
  });
  REQUIRE(mixed == 0);
}

TEST_CASE("what a thread and the store hold is what was given back") {
  frame_cache_use taken{}, given{};
  on_fresh_thread([&] {
    std::vector<void*> blocks;
    for (int k = 0; k < 10; ++k) blocks.push_back(take_block(5));
    taken = frame_cache_held();
    for (void* b : blocks) give_block(5, b);
    given = frame_cache_held();
  });
  REQUIRE(taken.this_thread == 0);
  REQUIRE(taken.shared == 0);
  REQUIRE(given.this_thread == 10 * size_of_class(5));
  REQUIRE(given.shared == 0);
}

TEST_CASE("beyond a thread's limit blocks go to the store, beyond the store's to the heap") {
  constexpr std::size_t c = 9;
  constexpr std::size_t size = size_of_class(c);
  frame_cache_use held{};
  std::uint64_t freed = 0;
  std::size_t most_here = 0;
  std::size_t most_shared = 0;
  on_fresh_thread([&] {
    std::vector<void*> blocks;
    for (int k = 0; k < 200; ++k) blocks.push_back(take_block(c));
    set_frame_cache_limits({20 * size, 30 * size});
    const std::uint64_t before = deallocations();
    for (void* b : blocks) {
      give_block(c, b);
      held = frame_cache_held();
      most_here = std::max(most_here, held.this_thread);
      most_shared = std::max(most_shared, held.shared);
    }
    freed = deallocations() - before;
  });
  REQUIRE(most_here <= 20 * size);
  REQUIRE(most_here > 10 * size);
  REQUIRE(most_shared == 30 * size);
  REQUIRE(freed == 200 - (held.this_thread + held.shared) / size);
}

TEST_CASE("a lower limit takes effect at once") {
  constexpr std::size_t size = size_of_class(2);
  frame_cache_use before{}, after{}, none{};
  on_fresh_thread([&] {
    std::vector<void*> blocks;
    for (int k = 0; k < 50; ++k) blocks.push_back(take_block(2));
    for (void* b : blocks) give_block(2, b);
    before = frame_cache_held();
    set_frame_cache_limits({10 * size, defaults.shared});
    after = frame_cache_held();
    set_frame_cache_limits({0, defaults.shared});
    none = frame_cache_held();
  });
  REQUIRE(before.this_thread == 50 * size);
  REQUIRE(after.this_thread <= 10 * size);
  REQUIRE(after.this_thread + after.shared == 50 * size);
  REQUIRE(none.this_thread == 0);
  REQUIRE(none.shared == 50 * size);
}

TEST_CASE("a lower limit of the shared store takes effect at once for all that it holds") {
  frame_cache_use before{}, after{};
  on_fresh_thread([&] {
    for (const std::size_t c : {1u, 2u, 3u}) give_block(c, take_block(c));
    set_frame_cache_limits({0, defaults.shared});
    before = frame_cache_held();
    set_frame_cache_limits({0, 0});
    after = frame_cache_held();
  });
  REQUIRE(before.shared == size_of_class(1) + size_of_class(2) + size_of_class(3));
  REQUIRE(after.shared == 0);
}

TEST_CASE("with no memory to be kept every block comes from the heap and goes back to it") {
  std::uint64_t taken = 0, freed = 0;
  on_fresh_thread([&] {
    set_frame_cache_limits({0, 0});
    const std::uint64_t a = allocations(), d = deallocations();
    for (int k = 0; k < 10; ++k) give_block(1, take_block(1));
    taken = allocations() - a;
    freed = deallocations() - d;
  });
  REQUIRE(taken == 10);
  REQUIRE(freed == 10);
}

TEST_CASE("after warm-up nothing comes from the heap") {
  std::uint64_t taken = 1;
  on_fresh_thread([&] {
    for (std::size_t c = 0; c < size_class_count; ++c) give_block(c, take_block(c));
    const std::uint64_t before = allocations();
    for (int round = 0; round < 100; ++round) {
      for (std::size_t c = 0; c < size_class_count; ++c) give_block(c, take_block(c));
    }
    taken = allocations() - before;
  });
  REQUIRE(taken == 0);
}

TEST_CASE("what is larger than the largest class is not kept") {
  std::uint64_t freed = 0;
  frame_cache_use held{};
  on_fresh_thread([&] {
    void* const p = frame_allocate(largest_class_size + 1);
    const std::uint64_t before = deallocations();
    frame_deallocate(p, largest_class_size + 1);
    freed = deallocations() - before;
    held = frame_cache_held();
  });
  REQUIRE(freed == 1);
  REQUIRE(held.this_thread == 0);
}

TEST_CASE("what is larger or wants more alignment than any class comes from the heap, aligned") {
  struct request {
    std::size_t bytes, alignment;
  };
  constexpr std::size_t too_large = largest_class_size + 1;
  constexpr std::size_t too_strict = 2 * strictest_alignment;
  const request r =
      GENERATE(request{too_large, 128}, request{64, too_strict}, request{too_large, too_strict});
  CAPTURE(r.bytes, r.alignment);
  std::size_t misaligned = 0;
  std::uint64_t freed = 0;
  frame_cache_use held{};
  on_fresh_thread([&] {
    std::array<void*, 5> blocks{};
    for (void*& b : blocks) {
      b = frame_allocate(r.bytes, r.alignment);
      misaligned += reinterpret_cast<std::uintptr_t>(b) % r.alignment != 0;
    }
    const std::uint64_t before = deallocations();
    for (void* b : blocks) frame_deallocate(b, r.bytes, r.alignment);
    freed = deallocations() - before;
    held = frame_cache_held();
  });
  REQUIRE(misaligned == 0);
  REQUIRE(freed == 5);
  REQUIRE(held.this_thread == 0);
}

TEST_CASE("a type that wants more than the usual alignment gets it") {
  std::size_t misaligned = 0;
  for (int k = 0; k < 20; ++k) {
    wide* const w = allocate_for<wide>(3);
    misaligned += reinterpret_cast<std::uintptr_t>(w) % alignof(wide) != 0;
    deallocate_for(w, 3);
  }
  REQUIRE(misaligned == 0);
}
