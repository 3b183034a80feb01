// SPDX-License-Identifier: MIT OR Apache-2.0
#include "memory.hpp"

#include "shadow.hpp"
#include "stacks.hpp"
#include "trace.hpp"
#include "values.hpp"

#include <cstring>

namespace simulation {
namespace {

constexpr std::size_t max_locations = std::size_t{1} << 16;
constexpr unsigned lock_size = 0;  // it may share its bytes with an atomic object
constexpr std::size_t max_messages = std::size_t{1} << 19;
struct stores {
  location* locations;
  std::size_t location_count;
  message* messages;
  std::size_t message_count;
};
constinit stores made{};

message& new_message(location& l) noexcept {
  message* m;
  if (l.count == history) {
    m = l.messages[0];
    std::memmove(&l.messages[0], &l.messages[1], (history - 1) * sizeof l.messages[0]);
    --l.count;
  } else {
    if (made.message_count == max_messages) fail("too many messages");
    m = &made.messages[made.message_count++];
  }
  l.messages[l.count++] = m;
  std::memset(m->stale_reads, 0, sizeof m->stale_reads);
  return *m;
}

// The value that a plain store, or the time before the execution, has left.
void begin_history(location& l) noexcept {
  message& m = new_message(l);
  m.value = read_value(l.address, l.size);
  m.known_since.fill(0);
  m.has_released = false;
  m.seq_cst_since = 0;
  m.author = max_threads;
  m.step = 0;
  m.pc = nullptr;
}

location& find_location(word_record& r, std::uintptr_t a, unsigned size) noexcept {
  for (location* l = r.atomics; l != nullptr; l = l->next) {
    if (l->address == a && l->size == size) return *l;
    if (l->address < a + size && a < l->address + l->size && l->count > 0) {
      fail("atomic access of %u bytes at %p, of which others access %u", size,
           reinterpret_cast<void*>(a), l->size);
    }
  }
  if (made.location_count == max_locations) fail("too many atomic objects");
  location& l = made.locations[made.location_count++];
  l.address = a;
  l.size = size;
  l.count = 0;
  l.accessed.fill(0);
  l.modified.fill(0);
  l.next = r.atomics;
  r.atomics = &l;
  return l;
}

// Checks an atomic access against plain ones to the same bytes.
void check_plain(cell& c, std::uintptr_t a, unsigned size, bool modifies) noexcept {
  const vector_clock& clock = self().clock;
  const auto bytes = static_cast<std::uint8_t>(((1u << size) - 1) << (a & 7));
  if (c.more != 0 && record_of(c).is_per_byte) {
    word_record& r = record_of(c);
    for (unsigned i = a & 7; i < (a & 7) + size; ++i) {
      if (!r.byte_write[i].is_known_to(clock)) report_race(a, r.byte_write[i].thread(), true);
      if (modifies && !clock.covers(r.byte_reads[i])) report_race(a, max_threads, false);
    }
    return;
  }
  if ((c.written_bytes & bytes) != 0 && !c.write.is_known_to(clock)) {
    report_race(a, c.write.thread(), true);
  }
  if (modifies && (c.read_bytes & bytes) != 0 && !c.read.is_known_to(clock)) {
    report_race(a, c.read.thread(), false);
  }
}

location& access_location(std::uintptr_t a, unsigned size, bool modifies) noexcept {
  cell* const c = cell_of(a);
  if (c == nullptr) {
    fail("an atomic object at %p, which is not of the simulated program", reinterpret_cast<void*>(a));
  }
  require_alive(a);
  check_plain(*c, a, size, modifies);
  location& l = find_location(record_of(*c), a, size);
  // clang 19 does not announce plain stores to members of variables on the stack: there a new object
  // shows in its first value.
  if (l.count > 0 && l.messages[l.count - 1]->value != read_value(a, size)) l.count = 0;
  if (l.count == 0) begin_history(l);
  const epoch now = self().clock.at[world.current];
  l.accessed.at[world.current] = now;
  if (modifies) l.modified.at[world.current] = now;
  return l;
}

const vector_clock& clock_of_fence(std::int32_t n) noexcept { return world.fences[n]; }

// Returns true if the thread may not read anything older.
bool is_known(const message& m, const thread& t, order o) noexcept {
  if (t.clock.covers_any(m.known_since)) return true;
  if (t.fence > 0 &&
      (m.seq_cst_since < t.fence || clock_of_fence(t.fence).covers_any(m.known_since))) {
    return true;
  }
  return o == order::seq_cst &&
         (m.seq_cst_since != never || clock_of_fence(world.fence_count).covers_any(m.known_since));
}

unsigned readable(const location& l, order o) noexcept {
  unsigned n = 1;
  while (n < l.count && !is_known(*l.messages[l.count - n], self(), o) &&
         l.messages[l.count - n - 1]->stale_reads[world.current] < world.stale_reads) {
    ++n;
  }
  return n;
}

void note_known(message& m, order o) noexcept {
  epoch& since = m.known_since.at[world.current];
  if (since == never) since = self().clock.at[world.current];
  // Not where a thread loads what it has stored itself with a weaker order: processors forward that
  // from the store buffer, before other threads can see it. (The standard orders it.)
  if (o == order::seq_cst && m.seq_cst_since == never && m.author != world.current) {
    m.seq_cst_since = world.fence_count;
  }
}

void learn(const message& m, order o) noexcept {
  if (!m.has_released) return;
  thread& t = self();
  if (acquires(o)) {
    t.clock.join(m.released);
    if (m.fence_released > t.fence) t.fence = m.fence_released;
  } else {
    t.to_acquire.join(m.released);
    if (m.fence_released > t.fence_to_acquire) t.fence_to_acquire = m.fence_released;
  }
}

std::uint64_t read_message(location& l, unsigned age, order o) noexcept {
  message& m = *l.messages[l.count - 1 - age];
  if (age > 0) ++m.stale_reads[world.current];
  note_known(m, o);
  learn(m, o);
  trace_read(l, m, age, o);
  return m.value;
}

void add_message(location& l, std::uint64_t value, order o, const message* continued) noexcept {
  thread& t = self();
  // Copied first: the new message may take the place of an old one.
  vector_clock released;
  std::int32_t fence = t.fence_at_release;
  bool has_released = true;
  if (releases(o)) {
    released = t.clock;
    fence = t.fence;
  } else {
    released = t.at_release;
    has_released = t.at_release.at[world.current] != 0;
  }
  if (continued != nullptr && continued->has_released) {
    released.join(continued->released);
    if (continued->fence_released > fence) fence = continued->fence_released;
    has_released = true;
  }
  message& m = new_message(l);
  m.value = value;
  m.known_since.fill(never);
  m.seq_cst_since = o == order::seq_cst ? world.fence_count : never;
  m.released = released;
  m.fence_released = fence;
  m.has_released = has_released;
  m.author = world.current;
  m.step = world.steps;
  m.pc = world.pc;
  note_known(m, o);
  write_value(l.address, l.size, value);
  trace_write(l, m, o);
  if (releases(o)) new_epoch(t, world.current);
}

std::uint64_t cut(std::uint64_t value, unsigned size) noexcept {
  return size == 8 ? value : value & ((std::uint64_t{1} << 8 * size) - 1);
}

}  // namespace

void begin_memory() {
  begin_shadow();
  if (made.locations == nullptr) {
    made.locations = static_cast<location*>(host_pages(max_locations * sizeof(location)));
    made.messages = static_cast<message*>(host_pages(max_messages * sizeof(message)));
  }
  made.location_count = 0;
  made.message_count = 0;
}

void end_memory() noexcept { restore_statics(); }

std::uint64_t atomic_load(std::uintptr_t a, unsigned size, order o) noexcept {
  point({a, false, o == order::seq_cst, false});
  location& l = access_location(a, size, false);
  const unsigned n = readable(l, o);
  const unsigned age = n > 1 ? world.decides->choose(n, decision::value) : 0;
  return read_message(l, age, o);
}

void atomic_store(std::uintptr_t a, unsigned size, std::uint64_t value, order o) noexcept {
  point({a, true, o == order::seq_cst, false});
  add_message(access_location(a, size, true), cut(value, size), o, nullptr);
}

std::uint64_t atomic_change(std::uintptr_t a, unsigned size, change c, std::uint64_t operand,
                            order o) noexcept {
  point({a, true, o == order::seq_cst, false});
  location& l = access_location(a, size, true);
  const std::uint64_t old = read_message(l, 0, o);
  add_message(l, cut(changed(old, c, operand), size), o, l.messages[l.count - 1]);
  return old;
}

bool atomic_compare_exchange(std::uintptr_t a, unsigned size, std::uint64_t& expected,
                             std::uint64_t desired, order success, order failure,
                             bool is_weak) noexcept {
  point({a, true, success == order::seq_cst, false});
  location& l = access_location(a, size, false);
  // A failure is a load, and may return what any load may.
  const unsigned n = readable(l, failure);
  unsigned age = n > 1 ? world.decides->choose(n, decision::value) : 0;
  if (l.messages[l.count - 1 - age]->value == cut(expected, size)) age = 0;
  const bool equal = l.messages[l.count - 1 - age]->value == cut(expected, size);
  if (!equal || (is_weak && world.decides->choose(2, decision::spurious) == 1)) {
    expected = read_message(l, age, failure);
    return false;
  }
  l.modified.at[world.current] = self().clock.at[world.current];
  check_plain(*cell_of(a), a, size, true);
  read_message(l, 0, success);
  add_message(l, cut(desired, size), success, l.messages[l.count - 1]);
  return true;
}

std::uint64_t newest_value(std::uintptr_t a, unsigned size) noexcept {
  location& l = access_location(a, size, false);
  return read_message(l, 0, order::relaxed);
}

// A lock is a location whose only message is its last release.
void lock_acquired(std::uintptr_t a) noexcept {
  cell* const c = cell_of(a);
  if (c == nullptr) return;  // the system's own, which guards nothing that is watched
  require_alive(a);
  location& l = find_location(record_of(*c), a, lock_size);
  l.accessed.at[world.current] = self().clock.at[world.current];
  if (l.count > 0) learn(*l.messages[l.count - 1], order::acquire);
}

void lock_released(std::uintptr_t a) noexcept {
  cell* const c = cell_of(a);
  if (c == nullptr) return;
  require_alive(a);
  location& l = find_location(record_of(*c), a, lock_size);
  message& m = l.count > 0 ? *l.messages[0] : new_message(l);
  thread& t = self();
  m.released = t.clock;
  m.fence_released = t.fence;
  m.has_released = true;
  l.accessed.at[world.current] = t.clock.at[world.current];
  new_epoch(t, world.current);
}

}  // namespace simulation
