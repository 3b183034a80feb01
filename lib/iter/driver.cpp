// SPDX-License-Identifier: MIT OR Apache-2.0
// How a participant takes chunks and runs them.
#include <micropool/detail/iter/driver.hpp>

#include <algorithm>
#include <bit>

namespace micropool::detail {
namespace {

// A tick is a third to half of a nanosecond on x86.
//
// How long a piece, the chunks that a participant takes at a time, should last with an automatic
// split. If pieces are shorter, taking them (some twenty nanoseconds each) begins to show; if
// longer, the other participants wait for the last one.
constexpr std::uint64_t ticks_per_piece = 10'000;
// The first step is no larger, because each chunk may be long.
constexpr std::uint32_t first_step_at_most = 64;

constexpr std::uint64_t pack(chunk_range r) noexcept {
  return (std::uint64_t{r.first} << 32) | r.last;
}
constexpr chunk_range unpack(std::uint64_t word) noexcept {
  return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word)};
}
// The range of a thief between its attempt to cut off a range and the store of the result.
constexpr std::uint64_t in_transit = pack({1, 0});

}  // namespace

loop_slot::loop_slot(loop* of) noexcept : job(&loop::take_part), owner(of) {}

loop::loop(const chunking& chunks, chunk_policy how, std::stop_token stop,
           std::uint32_t participants) noexcept
    : chunks_(chunks),
      how_(how),
      stop_(std::move(stop)),
      first_(this),
      slots_(std::max(1u, std::min(participants, chunks.count))),
      bound_(chunks.count) {
  first_.range.store(pack({0, chunks.count}), std::memory_order_relaxed);
  if (how.automatic) first_.step = std::clamp(chunks.count / 1024, 1u, first_step_at_most);
}

void loop::run_chunks(loop_slot&, chunk_range) noexcept {}
task<> loop::await_chunks(loop_slot&, chunk_range) { return {}; }

void loop::skip_from(std::uint32_t chunk) noexcept {
  std::uint32_t old = bound_.load(std::memory_order_relaxed);
  while (chunk < old && !bound_.compare_exchange_weak(old, chunk, std::memory_order_relaxed)) {
  }
}

chunk_range loop::left_in(const loop_slot& s) const noexcept {
  chunk_range r = unpack(s.range.load(std::memory_order_relaxed));
  r.last = std::min(r.last, bound_.load(std::memory_order_relaxed));
  return r;
}

bool loop::take_front(loop_slot& from, std::uint32_t step, chunk_range& chunks) noexcept {
  std::uint64_t word = from.range.load(std::memory_order_relaxed);
  for (;;) {
    chunk_range r = unpack(word);
    r.last = std::min(r.last, bound_.load(std::memory_order_relaxed));
    if (r.empty()) return false;
    const std::uint32_t n = how_.results == combine_order::fixed_tree ? aligned_front(r, step)
                                                               : std::min(r.size(), step);
    if (from.range.compare_exchange_weak(word, pack({r.first + n, r.last}),
                                         std::memory_order_relaxed)) {
      chunks = {r.first, r.first + n};
      return true;
    }
  }
}

bool loop::steal(loop_slot& thief) noexcept {
  if (taken_.load(std::memory_order_relaxed) == 1) return false;
  // A range may be in transit to another thief. Then it is worth another look, but not a long wait.
  for (int looks = 0; looks < 100; ++looks) {
    loop_slot* victim = nullptr;
    chunk_range most;
    bool moving = false;
    const std::uint32_t taken = std::min(taken_.load(std::memory_order_relaxed), slots_);
    for (std::uint32_t i = 0; i < taken; ++i) {
      loop_slot& s = slot_at(i);
      if (&s == &thief) continue;
      if (s.range.load(std::memory_order_relaxed) == in_transit) moving = true;
      const chunk_range r = left_in(s);
      if (!r.empty() && r.size() > most.size()) {
        most = r;
        victim = &s;
      }
    }
    if (victim == nullptr) {
      if (!moving) return false;
      cpu_pause();
      continue;
    }
    std::uint64_t seen = victim->range.load(std::memory_order_relaxed);
    chunk_range r = unpack(seen);
    r.last = std::min(r.last, bound_.load(std::memory_order_relaxed));
    if (r.empty()) continue;
    const std::uint32_t middle = middle_of(r);
    thief.range.store(in_transit, std::memory_order_relaxed);
    const bool mine = victim->range.compare_exchange_strong(seen, pack({r.first, middle}),
                                                            std::memory_order_relaxed);
    thief.range.store(mine ? pack({middle, r.last}) : 0, std::memory_order_relaxed);
    if (mine) return true;
  }
  return false;
}

bool loop::next(loop_slot& by, chunk_range& chunks) noexcept {
  if (how_.from_front) return take_front(first_, by.step, chunks);
  do {
    if (take_front(by, by.step, chunks)) return true;
  } while (steal(by));
  return false;
}

// `age`: for how long this participant has worked on the loop. If all participants take from one
// front, a piece lies between pieces of others and begins where no prefetcher has looked. So pieces
// then grow with the age, of which the last piece is still a small part.
void loop::adapt(loop_slot& by, chunk_range ran, std::uint64_t elapsed,
                 std::uint64_t age) noexcept {
  const std::uint64_t wanted =
      how_.from_front ? std::max(ticks_per_piece, age / 16) : ticks_per_piece;
  if (elapsed < wanted / 2) {
    // The step grows only after a whole piece, not after the rest of a range. It grows fast while
    // pieces are much too short, because a small piece costs as much to take as a large one, and
    // slowly after that, because later chunks may be dearer than earlier ones.
    const std::uint32_t faster = elapsed < wanted / 64 ? 32 : elapsed < wanted / 16 ? 8 : 2;
    const std::uint32_t whole =
        how_.results == combine_order::fixed_tree ? std::bit_floor(by.step) : by.step;
    if (ran.size() >= whole && by.step < (std::uint32_t{1} << 26)) by.step *= faster;
  } else if (elapsed > wanted * 2) {
    by.step = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(by.step * wanted / elapsed));
  }
}

// Returns true if a stop is requested. Then the chunks just taken, and all that have not been
// taken, are left out.
bool loop::stops_at(chunk_range taken) noexcept {
  if (!stop_.stop_requested()) [[likely]] return false;
  std::uint32_t old = left_out_.load(std::memory_order_relaxed);
  while (taken.first < old &&
         !left_out_.compare_exchange_weak(old, taken.first, std::memory_order_relaxed)) {
  }
  skip_from(0);
  return true;
}

// Returns true if no chunk is left to take. Returns false if foreground work waits, to which this
// participant yields.
//
// A helper asks for the next helper with its first chunks. The first slot asks at once, or, if the
// split is automatic, when the loop turns out to be long.
bool loop::work(loop_slot& by, participant& p) noexcept {
  bool asked = &by == &first_ ? !how_.automatic : false;
  if (asked && chunks_.count > 1) ask_for_help(p);
  const std::uint64_t begun = how_.automatic ? cpu_ticks() : 0;
  std::uint64_t before = begun;
  chunk_range chunks;
  while (next(by, chunks)) {
    if (stops_at(chunks)) return true;
    if (!asked && &by != &first_) {
      asked = true;
      if (is_something_left()) ask_for_help(p);
    }
    run_chunks(by, chunks);
    if (how_.automatic) {
      const std::uint64_t now = cpu_ticks();
      adapt(by, chunks, now - before, now - begun);
      before = now;
      if (!asked && worth_asking(by, begun, now)) {
        asked = true;
        ask_for_help(p);
      }
    }
    if (exhausted()) skip_from(0);
    if (p.run.yields_to_foreground && foreground_waits(p)) return false;
  }
  return true;
}

void loop::take_part(job& j, participant& p) noexcept {
  auto& by = static_cast<loop_slot&>(j);
  loop& l = *by.owner;
  scope_data& s = *l.scope_;
  bool ended;
  {
    const forking_here here(p, &s);
    ended = l.work(by, p);
  }
  if (ended) {
    // LAST TOUCH: the loop may be gone.
    s.arrive(p);
  } else {
    // LAST TOUCH: the job may run elsewhere, and the loop may be gone.
    post(*by.home, by);
  }
}

loop::awaiter loop::run(frame& parent) { return {*this, parent}; }

bool loop::awaiter::await_ready() noexcept {
  participant& p = *scope_.parent->runner;
  const participant::index base = p.jobs.bottom();
  loop_.scope_ = &scope_;
  {
    const forking_here here(p, &scope_);
    if (!loop_.work(loop_.first_, p)) {
      scope_.control.add();
      loop_.first_.home = scope_.home;
      // LAST TOUCH of the slot: it may be run elsewhere. What is left in the deque stays there for
      // the bottom loop (J5), which yields to foreground work as well.
      post(*scope_.home, loop_.first_);
      return false;
    }
  }
  return scope_.ends_here(p, base, modes::of_root);
}

bool loop::awaiter::await_suspend(std::coroutine_handle<>) noexcept {
  return scope_.suspend_parent();
}

}  // namespace micropool::detail
