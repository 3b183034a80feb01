// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop that folds items into parts, and combines the parts into one result. Every consumer of
// plain callables is this loop with its own monoid.
//
// If an operation rounds, and each participant combined whatever it has folded, the bits of the
// result would depend on which participant took which chunks. So with combine_order::fixed_tree all
// parts are nodes of one tree over the chunks: participants take only nodes of it (aligned_front),
// fold each of them along its subtree (fold_group), and combine only siblings (merge_siblings).
// What is left in the end, because the number of chunks is no power of two, is combined from the
// right (combined).
//
// A consumer provides
//   combines      how parts may be combined (chunk.hpp)
//   stops         whether accept() may end the loop: never, at the lowest index, or at any index
//   part          the accumulator: identity(), accept(part, item) -> bool, combine(left, right)
//   result(part)  makes what the caller gets: from the part whose accept() returned false, if there
//                 is one, else from all parts combined
#pragma once

#include <micropool/detail/iter/driver.hpp>
#include <micropool/detail/iter/lowest_failure.hpp>
#include <micropool/detail/iter/part_list.hpp>
#include <micropool/detail/iter/slot_states.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

namespace micropool::detail {

enum class early_exit { none, lowest_index, any };

// The settings of a chain; the calls that change them may stand anywhere in it.
struct loop_settings {
  split pieces;
  std::stop_token stop;
  bool background = false;
};

[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_operation_stopped();

// A user-defined source may report any size, and adaptors such as chain() add sizes up, so the size
// is checked here. Throws std::invalid_argument if it exceeds 2^63.
template <stage S>
std::uint64_t checked_positions(const S& s) {
  const std::uint64_t n = positions_of(s);
  if (n > most_positions) [[unlikely]] {
    throw_bad_argument("a parallel iterator", std::to_string(n) +
                                                  " items are more than 2^63, which is the longest "
                                                  "loop; put take(n) before the consumer");
  }
  return n;
}

template <stage Stage, class Consumer>
class reduction final : public loop {
  using item = item_t<Stage>;
  using part = typename Consumer::part;

public:
  reduction(Stage& s, Consumer& c, const loop_settings& how)
      : loop(chunking_here(checked_positions(s), how.pieces, Consumer::combines),
             {Consumer::combines, how.pieces.which() == split::kind::automatic,
              Consumer::stops == early_exit::lowest_index},
             how.stop),
        stage_(s),
        consumer_(c) {}

  // Requires that the loop has ended.
  decltype(auto) result() {
    piece_failure<part>& lowest = lowest_.get();
    if (lowest.exception) std::rethrow_exception(std::move(lowest.exception));
    if (was_stopped_below(lowest_.chunk())) throw_operation_stopped();
    auto* stopped = lowest.stopped.newest();
    return consumer_.result(stopped != nullptr ? std::move(stopped->value) : combined());
  }

private:
  // Aligned for the parts that are kept in the spare memory behind it.
  struct alignas(std::max(alignof(part_of_loop<part>), alignof(local_t<Stage>))) slot_state {
    slot_state(Stage& s, std::span<std::byte> spare) : local(local_of(s)), store(spare) {}
    local_t<Stage> local;  // may be immovable, so it is not [[no_unique_address]]
    part_store<part> store;
    part_list<part> parts{&store};
  };

  // The number of parts of a participant for which memory is reserved. With a fixed tree, a range
  // leaves at most twice as many parts as it has levels, and a thief that is alone steals at most
  // once for each level, because it always takes half of what the busiest participant has left.
  static std::size_t reserved_parts(std::uint32_t chunks) noexcept {
    const std::size_t levels = static_cast<std::size_t>(std::bit_width(chunks));
    constexpr std::size_t failed = Consumer::stops == early_exit::none ? 0 : 4;
    if constexpr (Consumer::combines == combine_order::unordered) return 1 + failed;
    const bool ranges = Consumer::stops != early_exit::lowest_index;
    if constexpr (Consumer::combines == combine_order::in_order) {
      return (ranges ? levels + 1 : 64) + failed;
    }
    return (levels + 1) * (levels + 1) + failed;
  }

  // Folds into a local variable, which can live in a register. Not inlined, so that the loop is
  // compiled as a plain one. Returns false if accept() did.
  MICROPOOL_NOINLINE bool fold_positions(part& p, local_t<Stage>& local, std::size_t first,
                                         std::size_t last) {
    bool go_on = true;
    part folded = std::move(p);
    feed(stage_, local, first, last, [&](auto&& i) {
      if constexpr (Consumer::stops == early_exit::none) {
        consumer_.accept(folded, std::forward<decltype(i)>(i));
        return std::true_type();
      } else {
        go_on = consumer_.accept(folded, std::forward<decltype(i)>(i));
        return go_on;
      }
    });
    p = std::move(folded);
    return go_on;
  }

  // Returns false if accept() did. Chunks may be long, so it checks from time to time whether they
  // are still wanted: soon at first, and then after as many positions again as it has folded, so
  // that the work done in vain is no longer than the work done before.
  bool fold_into(part& p, slot_state& h, chunk_range u) {
    constexpr std::size_t soon = Consumer::stops == early_exit::none ? 4096 : 64, late = 65536;
    const std::size_t last = chunks().begin_of(u.last);
    std::size_t between_looks = soon;
    for (std::size_t i = chunks().begin_of(u.first);
         i < last && is_wanted(u.first) && !exhausted();) {
      const std::size_t next = last - i > between_looks ? i + between_looks : last;
      if (!fold_positions(p, h.local, i, next)) return false;
      i = next;
      between_looks = std::min(late, 2 * between_looks);
    }
    return true;
  }

  // Returns the part of a node of the fixed tree. If accept() returned false in a chunk, sets
  // `stopped` and returns the part of that chunk.
  part fold_group(slot_state& h, chunk_range u, bool& stopped) {
    if (u.size() == 1) {
      part p = consumer_.identity();
      stopped = !fold_into(p, h, u);
      return p;
    }
    const std::uint32_t middle = middle_of(u);
    part left = fold_group(h, {u.first, middle}, stopped);
    if (stopped) return left;
    part right = fold_group(h, {middle, u.last}, stopped);
    if (stopped) return right;
    consumer_.combine(left, std::move(right));
    return left;
  }

  void run_chunks(loop_slot& by, chunk_range u) noexcept override {
    try {
      slot_state& h = states_.of(by, stage_);
      if constexpr (Consumer::combines == combine_order::fixed_tree) {
        bool stopped = false;
        part p = fold_group(h, u, stopped);
        if (stopped) return fail(u.first, {u.first, std::move(p), &h.store});
        h.parts.push(u, std::move(p));
        h.parts.merge_siblings(consumer_);
      } else {
        auto* newest = h.parts.newest();
        if (newest == nullptr || (Consumer::combines == combine_order::in_order &&
                                  newest->chunks().last != u.first)) {
          h.parts.push({u.first, u.first}, consumer_.identity());
          newest = h.parts.newest();
        }
        newest->count += u.size();
        if (!fold_into(newest->value, h, u)) {
          piece_failure<part> found(u.first, std::move(newest->value), &h.store);
          // This participant may still have to fold lower chunks, not into what was moved from.
          h.parts.drop_newest();
          fail(u.first, std::move(found));
        }
      }
    } catch (...) {
      fail(u.first, piece_failure<part>(std::current_exception()));
      // The part that was being folded may have been moved from, and lower chunks may still have to
      // be folded, so it is dropped.
      if (slot_state* h = states_.state_of(by)) {
        if (Consumer::combines != combine_order::fixed_tree && h->parts.newest() != nullptr) {
          h->parts.drop_newest();
        }
      }
    }
  }

  bool exhausted() const noexcept override {
    if constexpr (ending_stage<Stage>) {
      return stage_.has_ended();
    } else {
      return false;
    }
  }

  void fail(std::uint32_t chunk, piece_failure<part>&& f) noexcept {
    const bool anywhere = Consumer::stops == early_exit::any && !f.exception;
    if (lowest_.note(chunk, f)) skip_from(anywhere ? 0 : chunk);
  }

  part combined() {
    part_list<part> all;
    each_slot([&](loop_slot& s) {
      if (slot_state* h = states_.state_of(s)) {
        while (h->parts.newest() != nullptr) all.push_from(h->parts);
      }
    });
    if (all.newest() == nullptr) return consumer_.identity();
    part_list<part> rest;
    if constexpr (Consumer::combines == combine_order::fixed_tree) {
      // Pushes the parts in index order onto a stack, and combines siblings there. What is left on
      // the stack is combined from the right.
      all.sort();
      while (all.newest() != nullptr) {
        rest.push_from(all);
        rest.merge_siblings(consumer_);
      }
      while (rest.newest()->older != nullptr) rest.merge_newest(consumer_);
      return std::move(rest.newest()->value);
    } else {
      if constexpr (Consumer::combines == combine_order::in_order) all.sort();
      part p = std::move(all.newest()->value);
      for (all.drop_newest(); all.newest() != nullptr; all.drop_newest()) {
        consumer_.combine(p, std::move(all.newest()->value));
      }
      return p;
    }
  }

  Stage& stage_;
  Consumer& consumer_;
  slot_states<slot_state> states_{*this,
                                  reserved_parts(chunks().count) * part_store<part>::size_of_one};
  lowest_failure<piece_failure<part>> lowest_;
};

// Awaits a loop in the frame of the parent, without a task.
class run_of_loop {
public:
  explicit run_of_loop(loop& l) noexcept : loop_(l) {}
  loop::awaiter awaiter_in(frame& parent) && { return loop_.run(parent); }

private:
  loop& loop_;
};

template <stage Stage, class Consumer>
using consumed_t =
    decltype(std::declval<Consumer&>().result(std::declval<typename Consumer::part>()));

template <stage Stage, class Consumer>
task<consumed_t<Stage, Consumer>> consume(Stage s, Consumer c, loop_settings how) {
  if constexpr (prepared_stage<Stage>) co_await s.prepare();
  reduction<Stage, Consumer> l(s, c, how);
  if (how.background) [[unlikely]] {
    co_await l.run_in_background();
  } else {
    co_await run_of_loop(l);
  }
  co_return l.result();
}

}  // namespace micropool::detail
