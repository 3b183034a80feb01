// SPDX-License-Identifier: MIT OR Apache-2.0
// The stage of par_chunk_by().
//
// A group is yielded at the position where it begins, by the participant that has that position,
// and may extend beyond the positions that this participant has been given. So the loop needs no
// pass over the range before it. The price is that two participants may ask about the same two
// neighbours: one that looks for the end of a group, and one that looks for the first beginning
// among its own positions. If each of them called a predicate that answers the same question
// differently, groups could overlap or leave elements out. So participants share their answers, and
// the answer that is published first counts.
#pragma once

#include <micropool/detail/iter/source/piece.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/detail/work/recycled.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace micropool::detail {

// The answers to a question that several participants may ask about each position: yes, no, or not
// known yet. A word has the yes bits of 32 positions in its lower half, and their no bits in its
// upper half.
class agreed_answers {
  static constexpr std::size_t in_word = 32;

public:
  explicit agreed_answers(std::size_t positions) : words_((positions + in_word - 1) / in_word) {}

  // Returns the first position of [from, to) whose answer is no, or `to` if there is none. Calls
  // ask(i), in order, for the positions up to the result whose answer is not known.
  template <class Ask>
  std::size_t first_no(std::size_t from, std::size_t to, Ask ask) {
    while (from < to) {
      std::atomic<std::uint64_t>& word = words_[from / in_word];
      const std::size_t end = std::min(to, from - from % in_word + in_word);
      std::uint64_t known = word.load(std::memory_order_relaxed);
      std::uint64_t asked = 0;
      std::size_t i = from;
      for (; i != end; ++i) {
        const std::uint64_t yes = std::uint64_t{1} << i % in_word, no = yes << in_word;
        if ((known & (yes | no)) == 0) asked |= ask(i) ? yes : no;
        if (((known | asked) & no) != 0) break;
      }
      // If another participant has published first, its answers stay, and the word is read again.
      if (publish(word, known, asked)) {
        if (i != end) return i;
        from = end;
      }
    }
    return to;
  }

private:
  // Returns true if no other participant has published one of these answers before. Relaxed,
  // because an answer publishes no other memory.
  static bool publish(std::atomic<std::uint64_t>& word, std::uint64_t known, std::uint64_t asked) {
    std::uint64_t first = asked;
    while (first != 0 && !word.compare_exchange_weak(known, known | first,
                                                     std::memory_order_relaxed)) {
      first = asked & ~(known | known << in_word | known >> in_word);
    }
    return first == asked;
  }

  std::vector<std::atomic<std::uint64_t>, recycled<std::atomic<std::uint64_t>>> words_;
};

template <class Kept, class Pred>
class range_groups {
public:
  using item_type = decltype(read_only_piece_of(std::declval<const Kept&>().front(), 0, 0));

  template <class R, class P>
  range_groups(R&& range, P&& pred)
      : range_(std::in_place, read_only(std::forward<R>(range))),
        pred_(std::forward<P>(pred)),
        answers_(range_.size()) {}

  std::size_t positions() const noexcept { return range_.size(); }

  // The group that a participant has yielded last. No other group begins in it.
  struct group {
    std::size_t first = 0;
    std::size_t last = 0;
  };
  group make_local() const noexcept { return {}; }

  template <class Sink>
  bool feed(group& latest, std::size_t first, std::size_t last, Sink& sink) {
    const bool inside = latest.first < first && first <= latest.last;
    std::size_t begin = inside ? latest.last : first == 0 ? 0 : first_begin(first, last);
    while (begin < last) {
      // No other participant asks about the positions between a beginning and `last`.
      std::size_t end = begin + 1;
      while (end < last && belongs_to_previous(end)) ++end;
      if (end == last) end = first_begin(last, range_.size());
      latest = {begin, end};
      if (!sink(read_only_piece_of(range_.front(), begin, end - begin))) return false;
      begin = end;
    }
    return true;
  }

private:
  bool belongs_to_previous(std::size_t i) {
    return std::invoke(pred_, element_at(range_.front(), i - 1), element_at(range_.front(), i));
  }

  std::size_t first_begin(std::size_t from, std::size_t to) {
    return answers_.first_no(from, to, [this](std::size_t i) { return belongs_to_previous(i); });
  }

  Kept range_;
  Pred pred_;
  agreed_answers answers_;
};

}  // namespace micropool::detail
