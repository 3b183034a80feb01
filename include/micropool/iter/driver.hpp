// SPDX-License-Identifier: MIT OR Apache-2.0
// Who runs which units of a loop: the only place where parallel iterators fork.
//
// Every participant has a seat with a range of units. It takes from the front of its own range, and
// when that is empty, the rear half of the largest range of others ("lazy" splitting, so that a
// range is cut only when somebody is idle). Seat 0 is of the coroutine that runs the loop; every
// seat that is taken asks for one more helper, so that a loop of many units wakes as many threads
// as there are.
//
// Invariants
//   I1  A unit is in at most one range, or has been taken; ranges only lose units, but for a
//       thief's empty one. Whoever moves a range by compare-and-exchange owns what it has cut off.
//   I2  Units at or above the bound are not taken any more; the bound only falls.
#pragma once

#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/iter/chunk.hpp>
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

// What one participant has of a loop. It is a job as well: taken from a deque, it takes part.
struct seat : job {
  explicit seat(loop* of) noexcept;

  // | first unit (32) | last (32) |; relaxed throughout, since it publishes nothing but itself.
  std::atomic<std::uint64_t> range{0};
  loop* const owner;
  void* hand = nullptr;     // what the loop's kind keeps for its holder
  std::uint32_t step = 1;   // how many units it takes at a time
  std::byte unused[8];      // a line of its own in an array that begins on one
};
static_assert(sizeof(seat) == 64 || sizeof(void*) != 8);

// How units are handed out.
struct hand_out {
  association results = association::any;
  bool automatic = true;    // takes as many units at a time as last some microseconds
  bool from_front = false;  // all from the front of one range, since the lowest result is wanted
};

// One loop that runs once. Lives in the frame of the coroutine that awaits it.
class MICROPOOL_API loop {
public:
  loop(const cutting& units, hand_out how, std::stop_token stop) noexcept;
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  class awaiter;
  // co_await: runs all units; goes on when they have ended. On a worker it suspends where others
  // are still busy.
  awaiter run(frame& parent) noexcept;
  // The same with helpers in the background tier.
  task<> run_in_background();
  // The same where units are coroutines.
  task<> run_awaiting();
  task<> run_awaiting_in_background();

  static constexpr std::uint32_t none = 0xffff'ffff;  // no unit has this number

  // I2: leaves out what has not been taken of `unit` and above.
  void skip_from(std::uint32_t unit) noexcept;
  bool is_wanted(std::uint32_t unit) const noexcept {
    return unit < bound_.load(std::memory_order_relaxed);
  }
  // The stop token has kept units below this one from being run.
  bool was_stopped_below(std::uint32_t unit) const noexcept {
    return left_out_.load(std::memory_order_relaxed) < unit;
  }

  const cutting& units() const noexcept { return units_; }
  const hand_out& how() const noexcept { return how_; }

  // Everybody who has had a seat; when the loop has ended.
  template <class F>
  void each_seat(F&& f) {
    f(first_);
    for (std::uint32_t i = 1; i < taken_.load(std::memory_order_relaxed); ++i) f(seat_at(i));
  }

protected:
  ~loop();
  // Runs units. One of the two is implemented.
  virtual void run_units(seat& by, unit_range units) noexcept;
  virtual task<> await_units(seat& by, unit_range units);
  // After what has run: is nothing else wanted?
  virtual bool exhausted() const noexcept { return false; }

private:
  friend seat;

  seat& seat_at(std::uint32_t i) noexcept { return i == 0 ? first_ : more_[i - 1]; }
  bool next(seat& by, unit_range& units) noexcept;
  bool take_front(seat& from, std::uint32_t step, unit_range& units) noexcept;
  bool steal(seat& thief) noexcept;
  unit_range left_in(const seat& s) const noexcept;
  void adapt(seat& by, unit_range ran, std::uint64_t elapsed, std::uint64_t age) noexcept;
  bool worth_asking(seat& by, std::uint64_t begun, std::uint64_t now) const noexcept;
  bool is_something_left() noexcept;
  bool make_seats() noexcept;
  seat* take_seat() noexcept;
  void ask_for_help(participant& p) noexcept;
  bool stops_at(unit_range taken) noexcept;
  bool work(seat& by, participant& p) noexcept;
  static void take_part(job& j, participant& p) noexcept;
  task<> take_part_in_background(seat& by);
  task<> take_part_awaiting(seat& by);
  task<> with_background_helpers(task<> (loop::*take_part)(seat&));

  const cutting units_;
  const hand_out how_;
  const std::stop_token stop_;
  scope_data* scope_ = nullptr;              // in which helpers are forked: of plain units, or
  std::optional<scope_ref> helpers_in_;     // of awaited ones
  seat first_;
  seat* more_ = nullptr;
  std::uint32_t seats_ = 1;
  std::atomic<std::uint32_t> taken_{1};
  std::atomic<std::uint32_t> bound_;
  std::atomic<std::uint32_t> left_out_{none};  // the lowest unit that a stop request has left out
};

class MICROPOOL_API loop::awaiter {
public:
  awaiter(loop& l, frame& parent) noexcept : loop_(l), scope_(parent) {}
  bool await_ready() noexcept;
  bool await_suspend(std::coroutine_handle<> h) noexcept;
  void await_resume() const noexcept {}

private:
  loop& loop_;
  scope_data scope_;
};

// How many threads may take part in a loop on the calling thread's pool.
MICROPOOL_API std::uint32_t participants_here() noexcept;

}  // namespace micropool::detail
