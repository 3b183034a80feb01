// SPDX-License-Identifier: MIT OR Apache-2.0
// Who helps with a loop: the slots, when a participant asks for another helper, and helpers that are
// background tasks or that run chunks which are coroutines.
#include <micropool/detail/iter/driver.hpp>

#include "../sched/pool_state.hpp"

#include <micropool/detail/work/recycled.hpp>
#include <micropool/spawn.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace micropool::detail {
namespace {

// A loop asks for help once it has lasted this long, if it is likely to last twice as long again.
// To wake a helper costs its caller some hundred nanoseconds if the helper spins, and some
// microseconds if it sleeps.
constexpr std::uint64_t ticks_alone = 1'000;

}  // namespace

std::uint32_t participants_here() noexcept {
  const participant* p = current_participant();
  return static_cast<std::uint32_t>(p->pool->workers.size()) + 1;
}

void loop::set_slots(void* slots, std::byte* rooms, std::size_t size_of_room) noexcept {
  memory_ = slots;
  rooms_ = rooms;
  size_of_room_ = size_of_room;
  first_.room = rooms;
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
