// SPDX-License-Identifier: MIT OR Apache-2.0
#include "mutant.hpp"

#include "values.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace simulation {

constinit bool watches_places = false;

namespace {

constexpr unsigned depth = max_callers;

// Where a step is called, and from where the functions were entered whose first step it is. Of a
// place that is mutated, null for any.
struct address {
  const void* at[depth];
  bool operator==(const address&) const = default;
};

struct record {
  address where;
  operation op;
  order success;
  order failure;
  std::int32_t execution;
};

constexpr std::size_t max_places = (std::size_t{1} << 16) - 15;  // a prime, of a hash table
constexpr std::size_t max_mutated = 1024;

struct plan {
  bool is_prepared;
  bool records;
  mutation kind;
  order success;
  order failure;
  std::size_t count;  // of the places that are mutated
  address mutated[max_mutated];
  std::size_t seen_count;
  record seen[max_places];
};
constinit plan of{};

// The locks that a thread believes it holds.
struct believed_lock {
  const void* mutex;
  unsigned holder;
  std::uint64_t state;  // which the thread has meant to store
};
constexpr unsigned max_believed = 64;
struct believed_locks {
  std::int32_t execution;
  unsigned count;
  believed_lock all[max_believed];
};
constinit believed_locks believed{};

believed_lock* find_believed(const void* mutex) noexcept {
  if (believed.execution != world.execution) {
    believed.execution = world.execution;
    believed.count = 0;
  }
  for (unsigned i = 0; i < believed.count; ++i) {
    believed_lock& b = believed.all[i];
    if (b.mutex == mutex && b.holder == world.current) return &b;
  }
  return nullptr;
}

void believe(const void* mutex, std::uint64_t state) noexcept {
  find_believed(mutex);
  if (believed.count == max_believed) fail("more than %u locks are left out", max_believed);
  believed.all[believed.count++] = {mutex, world.current, state};
}

void forget(believed_lock& b) noexcept { b = believed.all[--believed.count]; }

const void* pointer(std::uintptr_t a) noexcept { return reinterpret_cast<const void*>(a); }

// The next step is not the first.
address take_address() noexcept {
  address a{};
  a.at[0] = world.pc;
  for (unsigned i = 1; i < depth && i <= world.entries; ++i) {
    a.at[i] = world.callers[(world.entries - i) % max_callers];
  }
  world.entries = 0;
  return a;
}

bool matches(const address& mutated, const address& other) noexcept {
  bool all = true;
  for (unsigned i = 0; i < depth; ++i) {
    all &= mutated.at[i] == other.at[i] || mutated.at[i] == nullptr;
  }
  return all;
}

void note_place(const address& a, operation op, order success, order failure) noexcept {
  std::uint64_t hash = 0;
  for (const void* p : a.at) hash = (hash ^ reinterpret_cast<std::uintptr_t>(p)) * 0x9e3779b97f4a7c15;
  std::size_t i = hash % max_places;
  while (of.seen[i].where.at[0] != nullptr) {
    if (of.seen[i].where == a) return;
    i = (i + 1) % max_places;
  }
  if (++of.seen_count == max_places) fail("too many places");
  of.seen[i] = {a, op, success, failure, world.execution};
}

order load_part(order o) noexcept {
  if (o == order::release) return order::relaxed;
  return o == order::acq_rel ? order::acquire : o;
}
order store_part(order o) noexcept {
  if (o == order::acquire || o == order::consume) return order::relaxed;
  return o == order::acq_rel ? order::release : o;
}

}  // namespace

void mutate(const std::string& text) {
  of.kind = mutation::none;
  of.count = 0;
  watches_places = of.records;
  if (text.empty()) return;
  std::istringstream words(text);
  std::string kind;
  words >> kind;
  if (kind == "weaker") {
    int success = 0;
    int failure = 0;
    words >> success >> failure;
    of.kind = mutation::weaker;
    of.success = static_cast<order>(success);
    of.failure = static_cast<order>(failure);
  } else if (kind == "split") {
    of.kind = mutation::split;
  } else if (kind == "left_out") {
    of.kind = mutation::left_out;
  } else if (kind == "unlocked") {
    of.kind = mutation::unlocked;
  }
  for (std::string where; of.count < max_mutated && words >> where;) {
    std::istringstream parts(where);
    std::string part;
    address a{};
    for (unsigned i = 0; i < depth && std::getline(parts, part, '/'); ++i) {
      a.at[i] = pointer(std::stoull(part, nullptr, 16));
    }
    of.mutated[of.count++] = a;
  }
  if (of.kind == mutation::none || of.count == 0 || !words.eof()) {
    throw std::invalid_argument("MICROPOOL_SIM_MUTANT: " + text);
  }
  watches_places = true;
}

bool has_mutant() noexcept { return of.count > 0; }

void record_places(bool yes) {
  if (yes) {
    of.seen_count = 0;
    for (record& r : of.seen) r = {};
  }
  of.records = yes;
  watches_places = yes || has_mutant();
}

std::vector<place> recorded_places() {
  std::vector<place> all;
  for (const record& r : of.seen) {
    if (r.where.at[0] == nullptr) continue;
    std::ostringstream name;
    name << r.where.at[0];
    for (unsigned i = 1; i < depth && r.where.at[i] != nullptr; ++i) name << '/' << r.where.at[i];
    all.push_back({r.op, r.success, r.failure, r.execution, name.str()});
  }
  return all;
}

void prepare_mutant() {
  if (of.is_prepared) return;
  of.is_prepared = true;
  if (const char* const text = std::getenv("MICROPOOL_SIM_MUTANT")) mutate(text);
  if (std::getenv("MICROPOOL_SIM_PLACES") != nullptr) record_places(true);
}

void write_places() {
  const char* const path = std::getenv("MICROPOOL_SIM_PLACES");
  if (path == nullptr) return;
  std::ofstream file(path);
  for (const place& p : recorded_places()) {
    file << static_cast<int>(p.op) << ' ' << static_cast<int>(p.success) << ' '
         << static_cast<int>(p.failure) << ' ' << p.execution << ' ' << p.name << '\n';
  }
  if (!file.flush()) throw std::invalid_argument("MICROPOOL_SIM_PLACES: cannot be written");
}

mutation find_mutation(operation op, order success, order failure) noexcept {
  const address a = take_address();
  if (of.records) note_place(a, op, success, failure);
  for (std::size_t i = 0; i < of.count; ++i) {
    if (of.mutated[i].at[0] == a.at[0] && matches(of.mutated[i], a)) return of.kind;
  }
  return mutation::none;
}

bool is_unlocked(const void* mutex) noexcept {
  if (!watches_places) return false;
  if (find_mutation(operation::lock, order::relaxed, order::relaxed) != mutation::unlocked) {
    return false;
  }
  believe(mutex, 0);
  return true;
}

bool was_unlocked(const void* mutex) noexcept {
  if (!watches_places) return false;
  believed_lock* const b = find_believed(mutex);
  if (b != nullptr) forget(*b);
  return b != nullptr;
}

std::uint64_t watched_load(std::uintptr_t a, unsigned size, order o) noexcept {
  const mutation m = find_mutation(operation::load, o, order::relaxed);
  return atomic_load(a, size, m == mutation::weaker ? of.success : o);
}

void watched_store(std::uintptr_t a, unsigned size, std::uint64_t value, order o) noexcept {
  const mutation m = find_mutation(operation::store, o, order::relaxed);
  if (m == mutation::left_out) return;
  atomic_store(a, size, value, m == mutation::weaker ? of.success : o);
}

std::uint64_t watched_change(std::uintptr_t a, unsigned size, change c, std::uint64_t operand,
                             order o) noexcept {
  if (believed_lock* const b = find_believed(pointer(a)); b != nullptr) {
    const std::uint64_t held = b->state;
    forget(*b);
    return held;
  }
  switch (find_mutation(operation::change, o, order::relaxed)) {
    case mutation::weaker: return atomic_change(a, size, c, operand, of.success);
    case mutation::split: {
      const std::uint64_t old = atomic_load(a, size, load_part(o));
      atomic_store(a, size, changed(old, c, operand), store_part(o));
      return old;
    }
    case mutation::left_out: return atomic_load(a, size, order::relaxed);
    default: return atomic_change(a, size, c, operand, o);
  }
}

bool watched_compare_exchange(std::uintptr_t a, unsigned size, std::uint64_t& expected,
                              std::uint64_t desired, order success, order failure,
                              bool is_weak) noexcept {
  switch (find_mutation(operation::compare_exchange, success, failure)) {
    case mutation::weaker:
      return atomic_compare_exchange(a, size, expected, desired, of.success, of.failure, is_weak);
    case mutation::unlocked: believe(pointer(a), desired); return true;
    case mutation::split: {
      const std::uint64_t old = atomic_load(a, size, load_part(success));
      if (old != expected) {
        expected = old;
        return false;
      }
      atomic_store(a, size, desired, store_part(success));
      return true;
    }
    default:
      return atomic_compare_exchange(a, size, expected, desired, success, failure, is_weak);
  }
}

void watched_fence(order o) noexcept {
  const mutation m = find_mutation(operation::fence, o, order::relaxed);
  if (m != mutation::left_out) atomic_fence(m == mutation::weaker ? of.success : o);
}

}  // namespace simulation
