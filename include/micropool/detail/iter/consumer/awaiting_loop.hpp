// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop whose bodies are awaited: each participant awaits one body at a time.
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/driver.hpp>
#include <micropool/detail/iter/lowest_failure.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/slot_states.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/work/frame_memory.hpp>
#include <micropool/detail/work/recycled.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/try_traits.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool::detail {

template <class F, class Item>
concept awaited_body = item_callable<F, Item> && awaitable<item_result_t<F, Item>>;

// Result is the type of the results that end the loop when they have failed; void ignores what the
// bodies yield.
template <stage Stage, class F, class Result>
class awaiting_loop final : public loop {
  using item = item_t<Stage>;
  using yielded = std::conditional_t<std::is_void_v<Result>, no_value, Result>;

public:
  awaiting_loop(Stage& s, F& body, const loop_settings& how)
      : loop(chunking_here(checked_positions(s), how.pieces, combine_order::unordered),
             {combine_order::unordered, how.pieces.which() == split::kind::automatic, false},
             how.stop),
        stage_(s),
        body_(body) {}

  // Requires that the loop has ended. Returns or rethrows what the lowest body that failed has
  // yielded or thrown.
  Result result() {
    piece_failure<yielded>& lowest = lowest_.get();
    if (lowest.exception) std::rethrow_exception(std::move(lowest.exception));
    if (was_stopped_below(lowest_.chunk())) throw_operation_stopped();
    if constexpr (!std::is_void_v<Result>) {
      if (auto* stopped = lowest.stopped.newest()) return std::move(stopped->value);
      return success_from_nothing<Result>();
    }
  }

private:
  // Keeps an item while its body is awaited. Reference items stay references.
  struct kept_item {
    template <class T>
    explicit kept_item(T&& i) : value(std::forward<T>(i)) {}
    storable_t<item> value;
  };
  struct slot_state {
    slot_state(Stage& s, std::span<std::byte>) : local(local_of(s)) {}
    local_t<Stage> local;  // may be immovable, so it is not [[no_unique_address]]
    std::vector<kept_item, recycled<kept_item>> items;
  };

  // A sink cannot await, so the items of a position are kept first. They are kept for one position
  // at a time, so that a body runs as soon as in a plain loop, and few items have to be kept.
  // Returns what the stage throws, which happens after the items that it has yielded.
  std::exception_ptr keep_items_at(slot_state& h, std::size_t position) {
    h.items.clear();
    try {
      feed(stage_, h.local, position, position + 1, [&](auto&& i) {
        h.items.emplace_back(std::forward<decltype(i)>(i));
        return true;
      });
    } catch (...) {
      return std::current_exception();
    }
    return nullptr;
  }

  // Returns item k of the position: fetched here, or kept before.
  decltype(auto) item_at([[maybe_unused]] slot_state& h, [[maybe_unused]] std::size_t position,
                         [[maybe_unused]] std::size_t k) {
    if constexpr (indexed_stage<Stage>) {
      return stage_.fetch(position);
    } else {
      return std::forward<item>(h.items[k].value);
    }
  }

  task<> await_chunks(loop_slot& by, chunk_range u) override {
    return await_items(by, u, frame_of<item, Result>());
  }

  task<> await_items(loop_slot& by, chunk_range u, frame_of<item, Result>) {
    try {
      slot_state& h = states_.of(by, stage_);
      const std::size_t last = chunks().begin_of(u.last);
      for (std::size_t i = chunks().begin_of(u.first);
           i < last && is_wanted(u.first) && !exhausted(); ++i) {
        std::exception_ptr thrown_behind;
        if constexpr (!indexed_stage<Stage>) thrown_behind = keep_items_at(h, i);
        const std::size_t n = indexed_stage<Stage> ? 1 : h.items.size();
        for (std::size_t k = 0; k < n && is_wanted(u.first); ++k) {
          auto&& one = item_at(h, i, k);
          if constexpr (std::is_void_v<Result>) {
            static_cast<void>(co_await call_with(body_, std::forward<decltype(one)>(one)));
          } else {
            Result r = co_await call_with(body_, std::forward<decltype(one)>(one));
            if (try_traits<Result>::has_failed(r)) fail(u.first, {u.first, std::move(r)});
          }
        }
        if (thrown_behind) std::rethrow_exception(thrown_behind);
      }
    } catch (...) {
      fail(u.first, piece_failure<yielded>(std::current_exception()));
    }
  }

  // Lowers the bound, so that the rest of the piece is not wanted any more.
  void fail(std::uint32_t chunk, piece_failure<yielded>&& f) noexcept {
    if (lowest_.note(chunk, f)) skip_from(chunk);
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
  slot_states<slot_state> states_{*this};
  lowest_failure<piece_failure<yielded>> lowest_;
};

template <class Result, stage Stage, class F>
task<Result> await_each(Stage s, F body, loop_settings how) {
  if constexpr (prepared_stage<Stage>) co_await s.prepare();
  awaiting_loop<Stage, F, Result> l(s, body, how);
  if (how.background) {
    co_await l.run_awaiting_in_background();
  } else {
    co_await l.run_awaiting();
  }
  co_return l.result();
}

// Runs a loop of awaited bodies. The result is a task, whether the chain is async or not.
template <class Result, class Chain, class F>
auto run_awaited(Chain&& chain, F body) {
  open_chain<decltype(chain.stage), true> awaited{std::move(chain.stage),
                                                  std::move(chain.settings)};
  return std::move(awaited).run(
      await_each<Result>(std::move(awaited.stage), std::move(body), awaited.settings));
}

}  // namespace micropool::detail
