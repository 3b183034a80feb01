// SPDX-License-Identifier: MIT OR Apache-2.0
#include "lines.hpp"

#include "../runtime/layout.hpp"
#include "../runtime/machine.hpp"
#include "../runtime/stacks.hpp"

#include <link.h>

#include <algorithm>
#include <bit>

namespace simulation::timed {
namespace {

constexpr std::uintptr_t line_size = 64;
constexpr std::uint16_t no_owner = 0xffff;
constexpr unsigned words = (max_threads + 63) / 64;

struct line {
  bool is_known;
  std::uint16_t owner;  // the one core that holds it, or no_owner
  std::uint64_t sharers[words];
  ticks busy_until;
};

struct range {
  std::uintptr_t begin;
  std::size_t size;
  line* lines;
};

struct place {
  const void* pc;
  std::uint64_t transfers;
  ticks waited;
};
constexpr std::size_t max_places = 8192;  // a power of two

struct state {
  range arena;
  range statics;
  topology on;
  ticks hit;
  ticks fresh;
  ticks shared;
  ticks same_cluster;
  ticks same_socket;
  ticks other_socket;
  ticks occupied;
  ticks locked;
  std::uint64_t transfers;
  place places[max_places];
};
constinit state all{};

int find_statics(dl_phdr_info* module, std::size_t, void*) noexcept {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& part = module->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
    all.statics.begin = (module->dlpi_addr + part.p_vaddr) & ~(line_size - 1);
    all.statics.size = part.p_memsz + 2 * line_size;
  }
  return 1;
}

line* make_lines(std::size_t bytes) {
  return static_cast<line*>(host_pages(bytes / line_size * sizeof(line)));
}

line* line_of(std::uintptr_t a) noexcept {
  if (a - all.arena.begin < all.arena.size) {
    return &all.arena.lines[(a - all.arena.begin) / line_size];
  }
  if (a - all.statics.begin < all.statics.size) {
    return &all.statics.lines[(a - all.statics.begin) / line_size];
  }
  return nullptr;
}

bool shares(const line& l, unsigned core) noexcept {
  return (l.sharers[core / 64] >> core % 64 & 1) != 0;
}
void add_sharer(line& l, unsigned core) noexcept {
  l.sharers[core / 64] |= std::uint64_t{1} << core % 64;
}
void forget_sharers(line& l) noexcept { std::ranges::fill(l.sharers, 0); }

unsigned socket_of(unsigned core) noexcept {
  const unsigned per_socket = (all.on.cores + all.on.sockets - 1) / all.on.sockets;
  return std::min(core / per_socket, all.on.sockets - 1);
}

ticks distance(unsigned a, unsigned b) noexcept {
  if (socket_of(a) != socket_of(b)) return all.other_socket;
  return a / all.on.per_cluster == b / all.on.per_cluster ? all.same_cluster : all.same_socket;
}

// The nearest copy for a read, and the farthest one that a write has to end.
ticks nearest(const line& l, unsigned core) noexcept {
  for (unsigned w = 0; w < words; ++w) {
    for (std::uint64_t left = l.sharers[w]; left != 0; left &= left - 1) {
      const unsigned other = w * 64 + static_cast<unsigned>(std::countr_zero(left));
      if (socket_of(other) == socket_of(core)) return all.shared;
    }
  }
  return all.other_socket;
}
ticks farthest(const line& l, unsigned core) noexcept {
  ticks most = 0;
  for (unsigned w = 0; w < words; ++w) {
    for (std::uint64_t left = l.sharers[w]; left != 0; left &= left - 1) {
      const unsigned other = w * 64 + static_cast<unsigned>(std::countr_zero(left));
      if (other != core) most = std::max(most, distance(core, other));
    }
  }
  return std::max(most, all.hit);
}

void note_wait(const void* pc, ticks waited) noexcept {
  ++all.transfers;
  const auto start = static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(pc) * 0x9e3779b97f4a7c15 >> 51);
  for (std::size_t i = start;; ++i) {
    place& p = all.places[i % max_places];
    if (p.pc != pc && p.pc != nullptr && i - start < max_places) continue;
    p.pc = pc;
    ++p.transfers;
    p.waited += waited;
    return;
  }
}

}  // namespace

void begin_lines(const topology& on, const costs& c) {
  all.on = on;
  all.hit = to_ticks(c.atomic);
  all.fresh = to_ticks(c.fresh);
  all.shared = to_ticks(c.shared);
  all.same_cluster = to_ticks(c.same_cluster);
  all.same_socket = to_ticks(c.same_socket);
  all.other_socket = to_ticks(c.other_socket);
  all.occupied = to_ticks(c.occupied);
  all.locked = to_ticks(c.locked);
  all.arena = {arena_base, arena_size, make_lines(arena_size)};
  ::dl_iterate_phdr(&find_statics, nullptr);
  all.statics.lines = make_lines(all.statics.size + line_size);
}

bool is_hit(std::uintptr_t a, unsigned core, access_kind k) noexcept {
  const line* const l = line_of(a);
  if (l == nullptr || !l->is_known || l->owner == core) return true;
  return k == access_kind::read && l->owner == no_owner && shares(*l, core);
}

ticks access_line(std::uintptr_t a, unsigned core, access_kind k, ticks time, const void* pc) noexcept {
  const ticks extra = k == access_kind::locked ? all.locked : 0;
  line* const l = line_of(a);
  if (l == nullptr) return time + all.hit + extra;
  if (!l->is_known) {
    l->is_known = true;
    l->owner = static_cast<std::uint16_t>(core);
    return time + all.fresh + extra;
  }
  if (is_hit(a, core, k)) return time + all.hit + extra;
  const ticks start = std::max(time, l->busy_until);
  ticks end;
  if (k == access_kind::read) {
    end = start + (l->owner != no_owner ? distance(core, l->owner) : nearest(*l, core));
    // Copies overlap; the first one ends what the owner has alone.
    l->busy_until = l->owner != no_owner ? end : start + all.occupied;
    if (l->owner != no_owner) add_sharer(*l, l->owner);
    add_sharer(*l, core);
    l->owner = no_owner;
  } else {
    end = start + (l->owner != no_owner ? distance(core, l->owner) : farthest(*l, core)) + extra;
    l->busy_until = end;
    forget_sharers(*l);
    l->owner = static_cast<std::uint16_t>(core);
  }
  note_wait(pc, end - time);
  return end;
}

std::uint64_t transfers_so_far() noexcept { return all.transfers; }

void forget_transfers() noexcept {
  all.transfers = 0;
  std::ranges::fill(all.places, place{});
}

std::vector<contended> worst_places() {
  std::vector<contended> places;
  for (const place& p : all.places) {
    if (p.pc == nullptr) continue;
    places.push_back({p.pc, p.transfers, static_cast<double>(p.waited) / ticks_per_ns});
  }
  std::ranges::sort(places, std::ranges::greater{}, &contended::waited);
  places.resize(std::min<std::size_t>(places.size(), 10));
  return places;
}

}  // namespace simulation::timed
