// SPDX-License-Identifier: MIT OR Apache-2.0
#include "heap.hpp"

#include "layout.hpp"
#include "memory.hpp"
#include "shadow.hpp"
#include "stacks.hpp"

#include <algorithm>
#include <cstring>

namespace simulation {
namespace {

constexpr std::size_t granule = 16;
constexpr std::size_t max_blocks = std::size_t{1} << 18;
constexpr std::size_t page = 4096;

struct block {
  std::uintptr_t at;
  std::size_t size;
  bool is_live;
  bool is_reached;
};

struct mapping {
  std::uintptr_t at;
  std::size_t size;
};
constexpr std::size_t max_unmapped = 256;

struct heap_state {
  std::uintptr_t next;
  std::uintptr_t next_map;
  block* blocks;  // in the order of their addresses
  std::size_t count;
  std::uint8_t* freed;  // a bit per granule
  // What was unmapped. Mappings are few, and their addresses are not used twice.
  mapping unmapped[max_unmapped];
  std::size_t unmapped_count;
};
constinit heap_state heap{};

std::uint64_t granules_of(std::uintptr_t a) noexcept { return (a - heap_base) / granule; }

void mark_freed(const block& b, bool freed) noexcept {
  std::uint64_t first = granules_of(b.at);
  const std::uint64_t end = granules_of(b.at + b.size + granule - 1);
  const std::uint8_t whole = freed ? 0xff : 0;
  for (; first < end && first % 8 != 0; ++first) {
    const auto bit = static_cast<std::uint8_t>(1u << first % 8);
    heap.freed[first / 8] = static_cast<std::uint8_t>(
        freed ? heap.freed[first / 8] | bit : heap.freed[first / 8] & ~bit);
  }
  if (first < end) {
    std::memset(&heap.freed[first / 8], whole, (end - first) / 8);
    first += (end - first) / 8 * 8;
  }
  for (; first < end; ++first) {
    const auto bit = static_cast<std::uint8_t>(1u << first % 8);
    heap.freed[first / 8] = static_cast<std::uint8_t>(
        freed ? heap.freed[first / 8] | bit : heap.freed[first / 8] & ~bit);
  }
}

// Returns the block that holds the byte, or null.
block* block_of(std::uintptr_t a) noexcept {
  block* const end = heap.blocks + heap.count;
  block* const after =
      std::upper_bound(heap.blocks, end, a, [](std::uintptr_t x, const block& b) { return x < b.at; });
  if (after == heap.blocks) return nullptr;
  block* const b = after - 1;
  return a < b->at + std::max<std::size_t>(b->size, 1) ? b : nullptr;
}

}  // namespace

void begin_heap() {
  if (heap.blocks == nullptr) {
    heap.blocks = static_cast<block*>(host_pages(max_blocks * sizeof(block)));
    heap.freed = static_cast<std::uint8_t*>(host_pages(heap_size / granule / 8));
  }
  for (std::size_t i = 0; i < heap.count; ++i) {
    if (!heap.blocks[i].is_live) mark_freed(heap.blocks[i], false);
  }
  heap.count = 0;
  heap.next = heap_base;
  heap.next_map = maps_base;
  heap.unmapped_count = 0;
}

void* heap_allocate(std::size_t bytes, std::size_t alignment) noexcept {
  alignment = std::max(alignment, granule);
  const std::uintptr_t at = (heap.next + alignment - 1) & ~(alignment - 1);
  // Blocks do not touch, so that the byte behind one belongs to none.
  const std::uintptr_t next = at + (bytes + granule) / granule * granule;
  if (next > heap_base + heap_size || heap.count == max_blocks) {
    fail("the simulated heap is used up");
  }
  heap.next = next;
  heap.blocks[heap.count++] = {at, bytes, true, false};
  return reinterpret_cast<void*>(at);
}

void heap_free(void* p) noexcept {
  if (p == nullptr) return;
  const auto at = reinterpret_cast<std::uintptr_t>(p);
  block* const b = block_of(at);
  if (b == nullptr || b->at != at) fail("free of %p, where no block begins", p);
  if (!b->is_live) fail("double free of %p", p);
  forget_block(at, b->size);
  b->is_live = false;
  mark_freed(*b, true);
}

std::size_t heap_size_of(const void* p) noexcept {
  const block* const b = block_of(reinterpret_cast<std::uintptr_t>(p));
  return b != nullptr ? b->size : 0;
}

std::size_t heap_block_count() noexcept { return heap.count; }

void* map_pages(std::size_t bytes) noexcept {
  const std::size_t size = (bytes + page - 1) / page * page;
  if (heap.next_map + size > maps_base + maps_size) fail("the simulated mappings are used up");
  void* const p = reinterpret_cast<void*>(heap.next_map);
  heap.next_map += size + page;
  std::memset(p, 0, size);
  return p;
}

void unmap_pages(void* p, std::size_t bytes) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(p);
  if (is_unmapped(at)) fail("%p is unmapped twice", p);
  forget_block(at, bytes);
  if (heap.unmapped_count == max_unmapped) fail("too many mappings end");
  heap.unmapped[heap.unmapped_count++] = {at, bytes};
}

bool is_unmapped(std::uintptr_t a) noexcept {
  for (std::size_t i = 0; i < heap.unmapped_count; ++i) {
    if (a - heap.unmapped[i].at < heap.unmapped[i].size) return true;
  }
  return false;
}

bool is_freed(std::uintptr_t a) noexcept {
  const std::uint64_t g = granules_of(a);
  return (heap.freed[g / 8] >> g % 8 & 1) != 0;
}

void require_no_leaks() noexcept {
  std::size_t reached = 0;
  // The blocks in the order in which they were reached, as indices, in the memory behind the table.
  static constinit std::uint32_t* queue = nullptr;
  if (queue == nullptr) {
    queue = static_cast<std::uint32_t*>(host_pages(max_blocks * sizeof(std::uint32_t)));
  }
  const auto reach = [&](std::uintptr_t word) {
    if (!is_in_heap(word)) return;
    block* const b = block_of(word);
    if (b == nullptr || !b->is_live || b->is_reached) return;
    b->is_reached = true;
    queue[reached++] = static_cast<std::uint32_t>(b - heap.blocks);
  };
  const auto scan = [&](std::uintptr_t at, std::size_t size) {
    for (std::uintptr_t a = (at + 7) & ~std::uintptr_t{7}; a + 8 <= at + size; a += 8) {
      reach(*reinterpret_cast<const std::uintptr_t*>(a));
    }
  };
  for_each_touched_static([&](std::uintptr_t a) { scan(a, sizeof(std::uintptr_t)); });
  scan(maps_base, heap.next_map - maps_base);
  for (std::size_t i = 0; i < reached; ++i) {
    const block& b = heap.blocks[queue[i]];
    scan(b.at, b.size);
  }
  for (std::size_t i = 0; i < heap.count; ++i) {
    const block& b = heap.blocks[i];
    if (b.is_live && !b.is_reached) {
      fail("leak of %zu bytes at %p", b.size, reinterpret_cast<void*>(b.at));
    }
  }
}

}  // namespace simulation
