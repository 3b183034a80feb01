// SPDX-License-Identifier: MIT OR Apache-2.0
// What is known of each word of the simulated program's memory: its stacks, heap, thread-local and
// static variables. Other memory, such as that of the test around it, is not watched.
#pragma once

#include "atomics.hpp"
#include "layout.hpp"
#include "machine.hpp"

#include <cstdint>

namespace simulation {

// A thread and its epoch; 0 for none.
class access {
public:
  access() noexcept = default;
  access(unsigned thread, epoch e) noexcept
      : bits_(static_cast<std::uint32_t>(e) << 5 | thread) {}

  friend bool operator==(access, access) noexcept = default;
  unsigned thread() const noexcept { return bits_ & 31; }
  epoch at() const noexcept { return static_cast<epoch>(bits_ >> 5); }
  // Returns true if it happened before what the owner of `c` does next.
  bool is_known_to(const vector_clock& c) const noexcept { return at() <= c.at[thread()]; }

private:
  std::uint32_t bits_ = 0;
};

// Of one word of eight bytes: the latest plain write and read, each with the bytes that it touched.
// Where one of each does not tell all, `more` has the rest.
struct cell {
  std::int32_t execution;  // of an older one: as if never accessed
  access write;
  access read;
  std::uint16_t more;  // index of word_record; 0: none
  std::uint8_t written_bytes;
  std::uint8_t read_bytes;
};
static_assert(sizeof(cell) == 16);

// Of a word that holds atomic objects, or whose bytes several threads use.
struct word_record {
  location* atomics;  // a list
  // Per byte, once one write and one read per word do not suffice.
  bool is_per_byte;
  access byte_write[8];
  vector_clock byte_reads[8];  // 0: none
};

struct memory_range {
  std::uintptr_t begin;
  std::size_t size;
  cell* cells;
};
// The arena, and the static variables of the program.
extern memory_range arena_range;
extern memory_range static_range;

// Returns the cell of the word, or null if it is not watched. The cell is one of this execution.
cell* cell_of(std::uintptr_t a) noexcept;
word_record& record_of(cell& c) noexcept;

// Fails if the byte belongs to a block that was given back.
void require_alive(std::uintptr_t a) noexcept;

// Ends the execution: the running thread has accessed the byte, and `other` has too, not ordered by
// happens-before. `other` is max_threads where it is one of several.
[[noreturn]] void report_race(std::uintptr_t a, unsigned other, bool other_wrote) noexcept;

void begin_shadow();
void restore_statics() noexcept;
std::size_t touched_statics() noexcept;
std::uintptr_t touched_static(std::size_t i) noexcept;
// Calls f with the address of each word of the static variables that the execution has touched.
template <class F>
void for_each_touched_static(F f) {
  for (std::size_t i = 0; i < touched_statics(); ++i) f(touched_static(i));
}

}  // namespace simulation
