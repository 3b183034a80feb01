// SPDX-License-Identifier: MIT OR Apache-2.0
// The driver of a loop: which participant runs which chunks. Parallel iterators fork nowhere else.
//
// Items may differ in cost, and threads may become idle at any time. If the loop were cut into a
// fixed number of tasks beforehand, large tasks would leave threads idle at the end, and small ones
// would cost a fork each. So a loop is cut while it runs, and a cut is one compare-and-exchange:
// each participant has a slot with a range of chunks. It takes chunks from the front of its own
// range; when that is empty, it steals the rear half of the largest range of the other slots. So a
// range is cut only when a participant is idle ("lazy" splitting).
//
// The coroutine that runs the loop has slot 0. Each participant that takes a slot asks for one more
// helper while chunks are left, so that a loop of many chunks wakes as many threads as there are.
//
// Invariants
//   I1  A chunk is in at most one range, or has been taken, or has been left out (I2). A range only
//       shrinks, except that a thief refills its own empty range. The participant that changes a
//       range by compare-and-exchange owns the chunks that it has cut off. A word that is seen
//       again means that the same chunks are in that range again, so no counter is needed against
//       ABA.
//   I2  Chunks at or above the bound are not taken any more. The bound only falls.
#pragma once

#include <micropool/detail/iter/chunk.hpp>
#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/scope.hpp>
#include <micropool/task.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace micropool::detail {

class loop;

// Returns how many threads may take part in a loop on the calling thread's pool: its workers and
// one caller. Requires that the calling thread participates in that pool.
MICROPOOL_API std::uint32_t participants_here() noexcept;

// Cuts the loop of that length as the split says. Requires the same.
inline chunking chunking_here(std::uint64_t n, const split& s, combine_order a) noexcept {
  return make_chunking(n, s, a, s.which() == split::kind::by_threads ? participants_here() : 1);
}

// One participant's share of a loop. Also a job: the participant that pops or steals it joins the
// loop.
struct loop_slot : job {
  explicit loop_slot(loop* of) noexcept;

  // | first chunk (32) | end (32) |. Relaxed throughout, because a range publishes no other memory.
  std::atomic<std::uint64_t> range{0};
  loop* const owner;
  void* state = nullptr;     // the holder's local state (slot_states.hpp), or null
  std::uint32_t step = 1;   // chunks taken at a time
  void* room = nullptr;     // memory reserved for `state`, or null
};
static_assert(sizeof(loop_slot) == 64 || sizeof(void*) != 8);

// How participants take chunks.
struct chunk_policy {
  combine_order results = combine_order::unordered;
  bool automatic = true;    // adapts the step, so that each take lasts some microseconds
  bool from_front = false;  // all take from slot 0's range: the lowest result is wanted
};

// One loop that runs once. Lives in the frame of the coroutine that awaits it.
class MICROPOOL_API loop {
public:
  // At most `participants` threads take part.
  loop(const chunking& chunks, chunk_policy how, std::stop_token stop,
       std::uint32_t participants = participants_here()) noexcept;
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  class awaiter;
  // Awaited, runs all chunks and resumes the parent when they have ended. Suspends if other
  // participants still run chunks, or to yield to foreground work.
  awaiter run(frame& parent);
  // The same, with helpers in the background tier.
  task<> run_in_background();
  // The same for chunks that are coroutines (await_chunks()).
  task<> run_awaiting();
  task<> run_awaiting_in_background();

  static constexpr std::uint32_t none = 0xffff'ffff;  // no chunk has this number

  // I2: lowers the bound to `chunk`: no chunk from there on is taken any more.
  void skip_from(std::uint32_t chunk) noexcept;
  bool is_wanted(std::uint32_t chunk) const noexcept {
    return chunk < bound_.load(std::memory_order_relaxed);
  }
  // Returns true if a stop request kept a chunk below `chunk` from being run.
  bool was_stopped_below(std::uint32_t chunk) const noexcept {
    return left_out_.load(std::memory_order_relaxed) < chunk;
  }

  const chunking& chunks() const noexcept { return chunks_; }
  const chunk_policy& how() const noexcept { return how_; }

  // The function of a slot's job: joins the loop.
  static void take_part(job& j, participant& p) noexcept;

  // How many threads may take part.
  std::uint32_t participants() const noexcept { return slots_; }
  // Called by the derived class before the loop runs: memory for all slots but the first, and for
  // the local states of all holders. Both must outlive the run.
  void set_slots(void* slots, std::byte* rooms, std::size_t size_of_room) noexcept;

  // Calls f for each slot that has been taken. Requires that the loop does not run.
  template <class F>
  void each_slot(F&& f) {
    f(first_);
    for (std::uint32_t i = 1; i < taken_.load(std::memory_order_relaxed); ++i) f(slot_at(i));
  }

protected:
  ~loop() = default;
  // Run chunks. A derived class overrides exactly one of the two.
  virtual void run_chunks(loop_slot& by, chunk_range chunks) noexcept;
  virtual task<> await_chunks(loop_slot& by, chunk_range chunks);
  // Returns true if no chunk is wanted any more after those that have run.
  virtual bool exhausted() const noexcept { return false; }

private:
  loop_slot& slot_at(std::uint32_t i) noexcept { return i == 0 ? first_ : more_[i - 1]; }
  bool next(loop_slot& by, chunk_range& chunks) noexcept;
  bool take_front(loop_slot& from, std::uint32_t step, chunk_range& chunks) noexcept;
  bool steal(loop_slot& thief) noexcept;
  chunk_range left_in(const loop_slot& s) const noexcept;
  void adapt(loop_slot& by, chunk_range ran, std::uint64_t elapsed, std::uint64_t age) noexcept;
  bool worth_asking(loop_slot& by, std::uint64_t begun, std::uint64_t now) const noexcept;
  bool is_something_left() noexcept;
  bool make_slots() noexcept;
  loop_slot* take_slot() noexcept;
  void ask_for_help(participant& p) noexcept;
  bool stops_at(chunk_range taken) noexcept;
  bool work(loop_slot& by, participant& p) noexcept;
  task<> take_part_in_background(loop_slot& by);
  task<> take_part_awaiting(loop_slot& by);
  task<> with_background_helpers(task<> (loop::*take_part)(loop_slot&));

  const chunking chunks_;
  const chunk_policy how_;
  const std::stop_token stop_;
  scope_data* scope_ = nullptr;           // helpers of plain chunks are forked here
  std::optional<scope_ref> helpers_in_;   // helpers of awaited chunks are forked here
  loop_slot first_;
  loop_slot* more_ = nullptr;  // constructed when help is first asked for
  void* memory_ = nullptr;
  std::byte* rooms_ = nullptr;
  std::size_t size_of_room_ = 0;
  const std::uint32_t slots_;
  std::atomic<std::uint32_t> taken_{1};
  std::atomic<std::uint32_t> bound_;
  std::atomic<std::uint32_t> left_out_{none};  // the lowest chunk that a stop request has left out
};

class MICROPOOL_API loop::awaiter {
public:
  // Throws std::bad_alloc.
  awaiter(loop& l, frame& parent) : loop_(l), scope_(parent) {}
  bool await_ready() noexcept;
  bool await_suspend(std::coroutine_handle<> h) noexcept;
  void await_resume() const noexcept {}

private:
  loop& loop_;
  scope_data scope_;
};

}  // namespace micropool::detail
