// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/iter/driver.hpp>

#include "../sched/pool_state.hpp"

#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/work/recycled.hpp>
#include <micropool/spawn.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <bit>
#include <exception>
#include <memory>
#include <new>
#include <vector>

namespace micropool::detail {
namespace {

// A tick is a third to half of a nanosecond on x86.
//
// How long a piece, the chunks that a participant takes at a time, should last with an automatic
// split. If pieces are shorter, taking them (some twenty nanoseconds each) begins to show; if
// longer, the other participants wait for the last one.
constexpr std::uint64_t ticks_per_piece = 10'000;
// A loop asks for help once it has lasted this long, if it is likely to last twice as long again.
// To wake a helper costs its caller some hundred nanoseconds if the helper spins, and some
// microseconds if it sleeps.
constexpr std::uint64_t ticks_alone = 1'000;
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

std::uint32_t participants_here() noexcept {
  const participant* p = current_participant();
  return static_cast<std::uint32_t>(p->pool->workers.size()) + 1;
}

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

void loop::set_slots(void* slots, std::byte* rooms, std::size_t size_of_room) noexcept {
  memory_ = slots;
  rooms_ = rooms;
  size_of_room_ = size_of_room;
  first_.room = rooms;
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

bool loop::worth_asking(loop_slot& by, std::uint64_t begun, std::uint64_t now) const noexcept {
  if (&by != &first_) return true;
  const std::uint64_t alone = now - begun;
  if (alone < ticks_alone) return false;
  const chunk_range left = left_in(first_);
  return !left.empty() && static_cast<double>(alone) * left.size() >
                              2.0 * static_cast<double>(ticks_alone) * std::max(1u, left.first);
}

bool loop::is_something_left() noexcept {
  const std::uint32_t taken = std::min(taken_.load(std::memory_order_relaxed), slots_);
  for (std::uint32_t i = 0; i < taken; ++i) {
    if (!left_in(slot_at(i)).empty()) return true;
  }
  return false;
}

bool loop::make_slots() noexcept {
  if (more_ != nullptr) return true;
  if (slots_ < 2) return false;
  more_ = static_cast<loop_slot*>(memory_);
  for (std::uint32_t i = 1; i < slots_; ++i) {
    loop_slot* s = std::construct_at(&slot_at(i), this);
    s->step = first_.step;
    s->room = rooms_ + i * size_of_room_;
  }
  return true;
}

loop_slot* loop::take_slot() noexcept {
  std::uint32_t i = taken_.load(std::memory_order_relaxed);
  while (i < slots_) {
    if (taken_.compare_exchange_weak(i, i + 1, std::memory_order_relaxed)) return &slot_at(i);
  }
  return nullptr;
}

// Between two chunks, the deque holds above the loop's beginning only slots of this loop and what
// nested calls have left over; so a slot may be pushed (scope_data::fork).
void loop::ask_for_help(participant& p) noexcept {
  if (scope_ == nullptr || !make_slots()) return;
  loop_slot* s = take_slot();
  if (s == nullptr) return;
  s->home = scope_->home;
  p.run.fork_bottom = p.jobs.bottom();
  scope_->control.add();
  scope_->fork(*s);
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

task<> loop::take_part_in_background(loop_slot& by) {
  while (!work(by, *current_participant())) co_await yield();
}

task<> loop::take_part_awaiting(loop_slot& by) {
  chunk_range chunks;
  bool asked = !helpers_in_.has_value();
  while (next(by, chunks)) {
    if (stops_at(chunks)) co_return;
    if (!std::exchange(asked, true) && make_slots()) {
      if (loop_slot* s = take_slot()) helpers_in_->fork(take_part_awaiting(*s));
    }
    const std::uint64_t before = cpu_ticks();
    co_await await_chunks(by, chunks);
    if (how_.automatic) adapt(by, chunks, cpu_ticks() - before, 0);
    if (exhausted()) skip_from(0);
    participant& p = *current_participant();
    if (p.run.yields_to_foreground && foreground_waits(p)) co_await yield();
  }
}

// The first slot always takes part. A helper that has not started when no chunk is left runs here
// and finds none; helpers that are busy are lifted.
task<> loop::with_background_helpers(task<> (loop::*take_part)(loop_slot&)) {
  std::vector<owned_task<void>, recycled<owned_task<void>>> helpers;
  if (make_slots()) {
    // The loop completes with fewer helpers, too.
    try {
      helpers.reserve(slots_ - 1);
      while (loop_slot* s = take_slot()) helpers.push_back(spawn_owned((this->*take_part)(*s)));
    } catch (...) {
    }
  }
  std::exception_ptr failed;
  try {
    co_await (this->*take_part)(first_);
  } catch (...) {
    failed = std::current_exception();
  }
  // Awaits all helpers even if one has failed, because they refer to the loop.
  for (auto& h : helpers) {
    try {
      co_await std::move(h);
    } catch (const task_cancelled&) {
      // Cancelled by a shutdown before it started, so it had taken no chunks.
    } catch (...) {
      if (!failed) failed = std::current_exception();
    }
  }
  if (failed) std::rethrow_exception(failed);
}

task<> loop::run_in_background() { return with_background_helpers(&loop::take_part_in_background); }

task<> loop::run_awaiting() {
  const auto body = [this](scope_ref s) -> task<> {
    helpers_in_ = s;
    co_await take_part_awaiting(first_);
  };
  co_await scope(body);
}

task<> loop::run_awaiting_in_background() {
  return with_background_helpers(&loop::take_part_awaiting);
}

}  // namespace micropool::detail
