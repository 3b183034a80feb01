// SPDX-License-Identifier: MIT OR Apache-2.0
#include "shadow.hpp"

#include "heap.hpp"
#include "memory.hpp"
#include "stacks.hpp"

#include <link.h>

#include <cstdlib>

namespace simulation {

constinit memory_range arena_range{};
constinit memory_range static_range{};

namespace {

constexpr std::size_t max_records = 65535;
constexpr std::size_t max_saved = std::size_t{1} << 20;

// A word of the static variables as it was before the execution.
struct saved_word {
  std::uint64_t* at;
  std::uint64_t value;
};

struct tables {
  word_record* records;
  std::size_t record_count;
  saved_word* saved;
  std::size_t saved_count;
};
constinit tables all{};

// The writable part of the program itself, of which the runtime's own variables are a part: those
// are accessed by code without instrumentation only.
int find_statics(dl_phdr_info* module, std::size_t, void*) noexcept {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& part = module->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
    static_range.begin = (module->dlpi_addr + part.p_vaddr) & ~std::uintptr_t{7};
    static_range.size = part.p_memsz + 16;
  }
  return 1;  // the first module is the program
}

void make_cells(memory_range& r) {
  r.cells = static_cast<cell*>(host_pages(r.size / 8 * sizeof(cell)));
}

}  // namespace

void begin_shadow() {
  if (arena_range.cells == nullptr) {
    arena_range.begin = arena_base;
    arena_range.size = arena_size;
    make_cells(arena_range);
    ::dl_iterate_phdr(&find_statics, nullptr);
    make_cells(static_range);
    all.records = static_cast<word_record*>(host_pages((max_records + 1) * sizeof(word_record)));
    all.saved = static_cast<saved_word*>(host_pages(max_saved * sizeof(saved_word)));
  }
  all.record_count = 0;
  all.saved_count = 0;
}

cell* cell_of(std::uintptr_t a) noexcept {
  cell* c;
  if (a - arena_range.begin < arena_range.size) {
    c = &arena_range.cells[(a - arena_range.begin) / 8];
    if (c->execution != world.execution) [[unlikely]] *c = cell{world.execution, {}, {}, 0, 0, 0};
    return c;
  }
  if (a - static_range.begin < static_range.size) {
    c = &static_range.cells[(a - static_range.begin) / 8];
    if (c->execution != world.execution) [[unlikely]] {
      *c = cell{world.execution, {}, {}, 0, 0, 0};
      if (all.saved_count == max_saved) fail("too many static variables");
      auto* const word = reinterpret_cast<std::uint64_t*>(a & ~std::uintptr_t{7});
      all.saved[all.saved_count++] = {word, *word};
    }
    return c;
  }
  return nullptr;
}

word_record& record_of(cell& c) noexcept {
  if (c.more == 0) {
    if (all.record_count == max_records) fail("too many atomic objects");
    c.more = static_cast<std::uint16_t>(++all.record_count);
    word_record& r = all.records[c.more];
    r.atomics = nullptr;
    r.is_per_byte = false;
  }
  return all.records[c.more];
}

void require_alive(std::uintptr_t a) noexcept {
  if (is_in_heap(a) && is_freed(a)) fail("use after free of %p", reinterpret_cast<void*>(a));
  if (is_in_maps(a) && is_unmapped(a)) fail("use of %p, which is unmapped", reinterpret_cast<void*>(a));
}

std::size_t touched_statics() noexcept { return all.saved_count; }
std::uintptr_t touched_static(std::size_t i) noexcept {
  return reinterpret_cast<std::uintptr_t>(all.saved[i].at);
}

void restore_statics() noexcept {
  while (all.saved_count > 0) {
    const saved_word s = all.saved[--all.saved_count];
    // Constants are among them, on pages that cannot be written.
    if (*s.at != s.value) *s.at = s.value;
  }
}

}  // namespace simulation
