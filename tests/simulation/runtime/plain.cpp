// SPDX-License-Identifier: MIT OR Apache-2.0
// Plain memory: two accesses of different threads to the same byte, one of them a write, must be
// ordered by happens-before. FastTrack, with one write and one read per word for as long as those
// tell everything, and per byte from then on.
#include "heap.hpp"
#include "memory.hpp"
#include "shadow.hpp"
#include "trace.hpp"

#include <algorithm>

namespace simulation {
namespace {

std::uint8_t bytes_of(std::uintptr_t a, unsigned size) noexcept {
  return static_cast<std::uint8_t>(((1u << size) - 1) << (a & 7));
}

// From here on the word is watched per byte.
void split(cell& c, word_record& r) noexcept {
  r.is_per_byte = true;
  for (unsigned i = 0; i < 8; ++i) {
    r.byte_write[i] = (c.written_bytes >> i & 1) != 0 ? c.write : access{};
    r.byte_reads[i].fill(0);
    if ((c.read_bytes >> i & 1) != 0) r.byte_reads[i].at[c.read.thread()] = c.read.at();
  }
}

void access_bytes(word_record& r, std::uintptr_t a, unsigned size, bool writes) noexcept {
  const vector_clock& clock = self().clock;
  const access mine(world.current, clock.at[world.current]);
  for (unsigned i = a & 7; i < (a & 7) + size; ++i) {
    const access before = r.byte_write[i];
    if (!before.is_known_to(clock)) report_race(a, before.thread(), true);
    if (writes) {
      if (!clock.covers(r.byte_reads[i])) report_race(a, max_threads, false);
      r.byte_write[i] = mine;
      r.byte_reads[i].fill(0);
    } else {
      r.byte_reads[i].at[world.current] = mine.at();
    }
  }
}

// Of atomic objects in the bytes: a plain access follows all modifications, a write all accesses.
// What is written begins a new history.
void check_atomics(word_record& r, std::uintptr_t a, unsigned size, bool writes) noexcept {
  const vector_clock& clock = self().clock;
  for (location* l = r.atomics; l != nullptr; l = l->next) {
    if (l->address >= a + size || a >= l->address + std::max(l->size, 1u)) continue;
    if (!clock.covers(writes ? l->accessed : l->modified)) report_race(a, max_threads, true);
    if (writes) l->count = 0;
  }
}

void access_word(std::uintptr_t a, unsigned size, bool writes) noexcept {
  cell* const found = cell_of(a);
  if (found == nullptr) return;
  cell& c = *found;
  if (c.more != 0) [[unlikely]] {
    word_record& r = record_of(c);
    check_atomics(r, a, size, writes);
    if (r.is_per_byte) return access_bytes(r, a, size, writes);
  }
  const vector_clock& clock = self().clock;
  const access mine(world.current, clock.at[world.current]);
  const std::uint8_t bytes = bytes_of(a, size);
  if (!c.write.is_known_to(clock) && (c.written_bytes & bytes) != 0) {
    report_race(a, c.write.thread(), true);
  }
  if (writes) {
    if (!c.read.is_known_to(clock) && (c.read_bytes & bytes) != 0) {
      report_race(a, c.read.thread(), false);
    }
    const bool is_same = c.write == mine;
    if (is_same || (c.written_bytes & ~bytes) == 0) {
      c.written_bytes = is_same ? c.written_bytes | bytes : bytes;
      c.write = mine;
      // Those reads happened before, and whatever follows this write follows them.
      c.read_bytes &= static_cast<std::uint8_t>(~bytes);
      return;
    }
  } else {
    const bool is_same = c.read == mine;
    // An older read of other bytes, or of another thread that does not happen before, still counts.
    if (is_same || c.read_bytes == 0 || ((c.read_bytes & ~bytes) == 0 && c.read.is_known_to(clock))) {
      c.read_bytes = is_same ? c.read_bytes | bytes : bytes;
      c.read = mine;
      return;
    }
  }
  word_record& r = record_of(c);
  split(c, r);
  access_bytes(r, a, size, writes);
}

}  // namespace

void plain_access(std::uintptr_t a, std::size_t size, bool writes) noexcept {
  require_alive(a);
  for (const std::uintptr_t end = a + size; a < end;) {
    const std::uintptr_t part_end = std::min((a & ~std::uintptr_t{7}) + 8, end);
    access_word(a, static_cast<unsigned>(part_end - a), writes);
    a = part_end;
  }
}

void forget_block(std::uintptr_t a, std::size_t size) noexcept {
  cell* const first = &arena_range.cells[(a - arena_range.begin) / 8];
  for (std::size_t i = 0; i < (size + 7) / 8; ++i) {
    if (first[i].execution == world.execution) access_word(a + 8 * i, 8, true);
  }
}

void report_race(std::uintptr_t a, unsigned other, bool other_wrote) noexcept {
  trace_race(a);
  if (other == max_threads) {
    fail("data race on %p with another thread's %s", reinterpret_cast<void*>(a),
         other_wrote ? "access" : "read");
  }
  fail("data race on %p with a %s by thread %u", reinterpret_cast<void*>(a),
       other_wrote ? "write" : "read", other);
}

}  // namespace simulation
