// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop whose bodies are awaited, one after the other by each participant.
#pragma once

#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/driver.hpp>
#include <micropool/iter/lowest_failure.hpp>
#include <micropool/iter/reduction.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace micropool::detail {

template <class F, class Item>
concept awaited_body = item_callable<F, Item> && awaitable<item_result_t<F, Item>>;

template <stage Stage, class F>
class awaiting_loop final : public loop {
  using item = item_t<Stage>;

public:
  awaiting_loop(Stage& s, F& body, const loop_settings& how)
      : loop(cut(checked_positions(s), how.pieces, association::any, participants_here()),
             {association::any, how.pieces.which() == split::kind::automatic, false}, how.stop),
        stage_(s),
        body_(body) {}
  ~awaiting_loop() {
    each_seat([](seat& s) {
      if (auto* h = static_cast<hand*>(s.hand)) {
        std::destroy_at(h);
        deallocate_for(h);
      }
    });
  }

  // When the loop has ended.
  void result() {
    if (lowest_.get()) std::rethrow_exception(std::move(lowest_.get()));
    if (was_stopped_below(none)) throw_operation_stopped();
  }

private:
  // An item while its body is awaited; reference items stay references.
  struct kept_item {
    kept_t<item> value;
  };
  struct hand {
    explicit hand(Stage& s) : local(local_of(s)) {}
    local_t<Stage> local;  // may be immovable, so it must not overlap anything
    std::vector<kept_item> items;
  };

  hand& hand_of(seat& s) {
    if (s.hand == nullptr) {
      auto* memory = allocate_for<hand>();
      try {
        s.hand = ::new (memory) hand(stage_);
      } catch (...) {
        deallocate_for(memory);
        throw;
      }
    }
    return *static_cast<hand*>(s.hand);
  }

  // A sink cannot await, so what a position yields is kept first. Position by position, so that a body
  // runs as soon as in a plain loop, and little has to be kept. Returns what the stage throws, which comes
  // behind the items before it.
  std::exception_ptr keep_items_at(hand& h, std::size_t position) {
    h.items.clear();
    try {
      feed(stage_, h.local, position, position + 1, [&](auto&& i) {
        h.items.push_back({std::forward<decltype(i)>(i)});
        return true;
      });
    } catch (...) {
      return std::current_exception();
    }
    return nullptr;
  }

  task<> await_units(seat& by, unit_range u) override {
    try {
      hand& h = hand_of(by);
      const std::size_t last = units().begin_of(u.last);
      for (std::size_t i = units().begin_of(u.first); i < last && is_wanted(u.first) && !exhausted(); ++i) {
        if constexpr (indexed_stage<Stage>) {
          auto&& one = stage_.fetch(i);
          static_cast<void>(co_await call_with(body_, std::forward<decltype(one)>(one)));
        } else {
          const std::exception_ptr thrown_behind = keep_items_at(h, i);
          for (kept_item& one : h.items) {
            if (!is_wanted(u.first)) break;
            static_cast<void>(co_await call_with(body_, std::forward<item>(one.value)));
          }
          if (thrown_behind) std::rethrow_exception(thrown_behind);
        }
      }
    } catch (...) {
      std::exception_ptr e = std::current_exception();
      if (lowest_.note(u.first, e)) skip_from(u.first);
    }
  }

  bool exhausted() const noexcept override {
    if constexpr (ending_stage<Stage>) {
      return stage_.has_ended();
    } else {
      return false;
    }
  }

  Stage& stage_;
  F& body_;
  lowest_failure<std::exception_ptr> lowest_;
};

template <stage Stage, class F>
task<> await_each(Stage s, F body, loop_settings how) {
  if constexpr (prepared_stage<Stage>) co_await s.prepare();
  awaiting_loop<Stage, F> l(s, body, how);
  if (how.background) {
    co_await l.run_awaiting_in_background();
  } else {
    co_await l.run_awaiting();
  }
  l.result();
}

}  // namespace micropool::detail
