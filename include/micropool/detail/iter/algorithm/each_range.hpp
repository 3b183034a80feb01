// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop whose body takes ranges of positions: the base of the algorithms on ranges. Unlike
// `consume` it keeps nothing for its participants, so it allocates nothing once it has begun, and
// fails half-way only if the body does.
#pragma once

#include <micropool/detail/iter/driver.hpp>
#include <micropool/detail/iter/lowest_failure.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/slot_states.hpp>
#include <micropool/detail/task/run_task.hpp>
#include <micropool/task.hpp>

#include <cstddef>
#include <exception>
#include <utility>

namespace micropool::detail {

// For chunks that are worth a thread each: the loop asks for help at once, and participants take
// one chunk at a time.
struct large_chunks {};

// Calls body(first, last) for disjoint ranges of positions that together are all positions. Each
// range is one chunk or several neighbouring ones. rethrow() rethrows what the body has thrown for
// the lowest positions; higher ones may have been left out.
template <class Body>
class each_range final : public loop {
  static constexpr bool may_fail =
      !noexcept(std::declval<Body&>()(std::size_t{}, std::size_t{}));

public:
  each_range(const chunking& c, Body& body, std::stop_token stop = {})
      : loop(c, {}, std::move(stop)), body_(body) {}
  each_range(const chunking& c, Body& body, large_chunks)
      : loop(c, {combine_order::unordered, false, false}, {}), body_(body) {}

  void rethrow() {
    if (lowest_.get()) std::rethrow_exception(std::move(lowest_.get()));
    if (was_stopped_below(none)) throw_operation_stopped();
  }

private:
  void run_chunks(loop_slot&, chunk_range u) noexcept override {
    const auto first = static_cast<std::size_t>(chunks().begin_of(u.first));
    const auto last = static_cast<std::size_t>(chunks().begin_of(u.last));
    if constexpr (may_fail) {
      try {
        body_(first, last);
      } catch (...) {
        std::exception_ptr e = std::current_exception();
        if (lowest_.note(u.first, e)) skip_from(u.first);
      }
    } else {
      body_(first, last);
    }
  }

  Body& body_;
  const slot_states<empty_slot_state> states_{*this};
  lowest_failure<std::exception_ptr> lowest_;
};

template <class Body>
task<> for_each_range(std::size_t n, Body body) {
  each_range l(chunking::per(n, 1), body);
  co_await run_of_loop(l);
  l.rethrow();
}

// Calls body(first, last) for disjoint ranges that together are [0, n). Blocks.
template <class Body>
void run_each_range(std::size_t n, Body body) {
  if (n != 0) run_task(for_each_range(n, std::move(body)), nullptr, true);
}

}  // namespace micropool::detail
