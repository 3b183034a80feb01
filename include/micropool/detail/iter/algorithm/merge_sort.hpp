// SPDX-License-Identifier: MIT OR Apache-2.0
// The parallel stable sort: blocks are sorted, then merged in rounds between range and buffer. In
// each round all elements move from one side to the other, in pieces of equal length.
//
// Source: Green, McColl and Bader, "GPU Merge Path: A GPU Merging Algorithm", ICS 2012 (how a merge
// is cut into pieces that can be merged independently).
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/quick_sort.hpp>
#include <micropool/iter/algorithm/sort_buffer.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace micropool::detail {

// Invariants
//   M1  Between two steps all elements of a step's positions are on the same side. So a comparison
//       that throws is recorded, and from then on elements are moved without being compared.
//   M2  The pieces of a pair take each element of both of its runs exactly once. With a strict weak
//       order the cuts are found that way; another comparator may lead to cuts that cross, which
//       are moved apart. So each step moves each element once, and the result is a permutation,
//       whatever the comparator returns.
template <class I, class Less>
class merge_sort {
  using value = std::iter_value_t<I>;

  static constexpr std::size_t small = 24;
  // Smaller blocks are not worth a thread.
  static constexpr std::size_t in_block = 2048;
  // Enough for no thread to wait long for the last block.
  static constexpr std::size_t blocks_per_thread = 4;

public:
  // Requires elements whose moves do not throw. Throws std::bad_alloc.
  merge_sort(I first, std::size_t n, Less& less, sort_buffer& memory, std::size_t threads)
      : first_(first),
        less_(less),
        slots_(static_cast<value*>(memory.get(passkey(), n * sizeof(value), alignof(value)))) {
    const std::size_t wanted =
        threads == 1 ? 1 : std::min(blocks_per_thread * threads, n / in_block);
    const std::size_t blocks = std::bit_floor(std::max<std::size_t>(1, wanted));
    blocks_ = chunking::into(n, blocks);
    from_left_.resize(pieces());
  }

  task<> run() {
    // An even number of changes of sides ends in the range.
    bool in_buffer = std::bit_width(blocks_.count) % 2 == 0;
    auto sort = [this, &in_buffer](std::size_t block, std::size_t) noexcept {
      sort_serially(begin_of(block), begin_of(block + 1), in_buffer);
    };
    each_range sorting(chunking::per(blocks_.count, 1), sort, large_chunks{});
    co_await run_of_loop(sorting);

    for (std::size_t width = 1; width < blocks_.count; width *= 2) {
      auto find = [this, &in_buffer, width](std::size_t piece, std::size_t) noexcept {
        in_buffer ? find_cut<false>(piece, width) : find_cut<true>(piece, width);
      };
      each_range finding(chunking::per(pieces(), 1), find, large_chunks{});
      co_await run_of_loop(finding);

      const bool has_cuts = !failure_.has_happened();
      if (has_cuts) uncross_cuts(width);
      auto merge = [this, &in_buffer, has_cuts, width](std::size_t piece, std::size_t) noexcept {
        in_buffer ? merge_piece<false>(piece, width, has_cuts)
                  : merge_piece<true>(piece, width, has_cuts);
      };
      each_range merging(chunking::per(pieces(), 1), merge, large_chunks{});
      co_await run_of_loop(merging);
      in_buffer = !in_buffer;
    }
    failure_.rethrow();
  }

private:
  std::size_t begin_of(std::size_t block) const noexcept {
    return static_cast<std::size_t>(blocks_.begin_of(static_cast<std::uint32_t>(block)));
  }
  I at(std::size_t i) const { return first_ + static_cast<std::iter_difference_t<I>>(i); }

  // The element at position i on the side that the step reads; `ToBuffer` is its direction.
  template <bool ToBuffer>
  decltype(auto) source(std::size_t i) const {
    if constexpr (ToBuffer) {
      return *at(i);
    } else {
      return static_cast<value&>(slots_[i]);
    }
  }
  template <bool ToBuffer>
  void move_over(std::size_t from, std::size_t to) noexcept {
    if constexpr (ToBuffer) {
      move_in(at(from), slots_ + to);
    } else {
      move_out(slots_ + from, at(to));
    }
  }
  template <bool ToBuffer>
  void move_all(std::size_t from, std::size_t end, std::size_t to) noexcept {
    for (; from != end; ++from, ++to) move_over<ToBuffer>(from, to);
  }

  // Merges [a, a_end) and [b, b_end), each of them sorted, to the other side, from position `to`
  // on.
  template <bool ToBuffer>
  void merge(std::size_t a, std::size_t a_end, std::size_t b, std::size_t b_end,
             std::size_t to) noexcept {
    try {
      if (a != a_end && b != b_end && !failure_.has_happened() &&
          less_(source<ToBuffer>(b), source<ToBuffer>(a_end - 1))) {
        while (a != a_end && b != b_end) {
          const bool right = less_(source<ToBuffer>(b), source<ToBuffer>(a));
          if constexpr (is_cheap<value>) {
            // Not `right ? b : a`, which compilers turn into a branch.
            move_over<ToBuffer>(a + ((b - a) & (std::size_t{0} - right)), to++);
            b += right;
            a += !right;
          } else {
            move_over<ToBuffer>(right ? b++ : a++, to++);
          }
        }
      }
    } catch (...) {
      failure_.record();
    }
    move_all<ToBuffer>(a, a_end, to);
    move_all<ToBuffer>(b, b_end, to + (a_end - a));
  }

  // Sorts elements that are in the range.
  void sort_serially(std::size_t begin, std::size_t end, bool into_buffer) noexcept {
    if (end - begin <= small || make_run(begin, end)) {
      if (end - begin <= small) sort_few(begin, end);
      if (into_buffer) move_all<true>(begin, end, begin);
      return;
    }
    const std::size_t middle = begin + (end - begin) / 2;
    sort_serially(begin, middle, !into_buffer);
    sort_serially(middle, end, !into_buffer);
    if (into_buffer) {
      merge<true>(begin, middle, middle, end, begin);
    } else {
      merge<false>(begin, middle, middle, end, begin);
    }
  }
  void sort_few(std::size_t begin, std::size_t end) noexcept {
    if (failure_.has_happened()) return;
    try {
      insertion_sort(at(begin), at(end), less_);
    } catch (...) {
      failure_.record();
    }
  }
  // Returns true if nothing is left to do: the elements are in order, or were in reverse order, or
  // a comparison has thrown.
  bool make_run(std::size_t begin, std::size_t end) noexcept {
    try {
      if (failure_.has_happened()) return true;
      const bool descending = less_(*at(begin + 1), *at(begin));
      std::size_t i = begin + 2;
      while (i != end && less_(*at(i), *at(i - 1)) == descending) ++i;
      if (i != end) return false;
      if (descending) {
        for (std::size_t j = begin, k = end; j < --k; ++j) exchange_elements(at(j), at(k));
      }
    } catch (...) {
      failure_.record();
    }
    return true;
  }

  // A round merges the `width` blocks on the left of a pair with as many on its right.
  struct pair_of_runs {
    std::size_t begin, middle, end;
  };
  pair_of_runs pair_of(std::size_t piece, std::size_t width) const noexcept {
    const std::size_t block = piece / (4 * width) * (2 * width);
    return {begin_of(block), begin_of(block + width), begin_of(block + 2 * width)};
  }
  // Twice as many pieces as there are blocks: 4 * width in each pair.
  std::size_t pieces() const noexcept { return 2 * std::size_t{blocks_.count}; }
  // Returns where in its pair a piece begins. Piece 4 * width would begin at the pair's end.
  static std::size_t offset_of(std::size_t piece_of_pair, const pair_of_runs& p,
                               std::size_t width) {
    const auto pieces = chunking::into(p.end - p.begin, 4 * width);
    return static_cast<std::size_t>(pieces.begin_of(static_cast<std::uint32_t>(piece_of_pair)));
  }

  // Finds how many of the elements before a piece come from the left: where the merge path of the
  // pair crosses the diagonal on which the piece begins.
  template <bool ToBuffer>
  void find_cut(std::size_t piece, std::size_t width) noexcept {
    const pair_of_runs p = pair_of(piece, width);
    const std::size_t before = offset_of(piece % (4 * width), p, width);
    const std::size_t rights = p.end - p.middle;
    std::size_t low = before > rights ? before - rights : 0;
    std::size_t high = std::min(before, p.middle - p.begin);
    try {
      while (low < high && !failure_.has_happened()) {
        const std::size_t left = low + (high - low) / 2;
        const std::size_t right = before - left - 1;
        if (less_(source<ToBuffer>(p.middle + right), source<ToBuffer>(p.begin + left))) {
          high = left;
        } else {
          low = left + 1;
        }
      }
    } catch (...) {
      failure_.record();
    }
    from_left_[piece] = low;
  }

  // M2: makes each piece take at least 0 elements from either side. A cut that is moved keeps the
  // bounds that find_cut() has given it, because the cut before it has kept its own.
  void uncross_cuts(std::size_t width) noexcept {
    for (std::size_t piece = 1; piece < pieces(); ++piece) {
      const std::size_t of_pair = piece % (4 * width);
      if (of_pair == 0) continue;
      const pair_of_runs p = pair_of(piece, width);
      const std::size_t length = offset_of(of_pair, p, width) - offset_of(of_pair - 1, p, width);
      const std::size_t before = from_left_[piece - 1];
      from_left_[piece] = std::clamp(from_left_[piece], before, before + length);
    }
  }

  template <bool ToBuffer>
  void merge_piece(std::size_t piece, std::size_t width, bool has_cuts) noexcept {
    const pair_of_runs p = pair_of(piece, width);
    const std::size_t of_pair = piece % (4 * width);
    const std::size_t begin = offset_of(of_pair, p, width);
    const std::size_t end = offset_of(of_pair + 1, p, width);
    if (!has_cuts) return move_all<ToBuffer>(p.begin + begin, p.begin + end, p.begin + begin);
    const std::size_t left = from_left_[piece];
    const std::size_t left_end =
        of_pair + 1 == 4 * width ? p.middle - p.begin : from_left_[piece + 1];
    merge<ToBuffer>(p.begin + left, p.begin + left_end, p.middle + (begin - left),
                    p.middle + (end - left_end), p.begin + begin);
  }

  I first_;
  Less& less_;
  value* slots_;
  chunking blocks_;
  std::vector<std::size_t> from_left_;  // by piece of the current round
  first_failure failure_;
};

}  // namespace micropool::detail
