// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunk_by: groups of neighbours that belong together.
//
// A group is yielded at the position where it begins, by whoever has that position, and may extend
// beyond the positions that it has been given. So nothing has to be known before the loop begins;
// the price is that the predicate may be asked twice about two neighbours: for the end of a group,
// and by others who look for the first beginning among their own positions.
#pragma once

#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/piece.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {
namespace detail {

template <class Kept, class Pred>
class range_groups {
public:
  using item_type = decltype(read_only_piece_of(std::declval<const Kept&>().front(), 0, 0));

  template <class R, class P>
  range_groups(R&& range, P&& pred)
      : range_(std::in_place, read_only(std::forward<R>(range))), pred_(std::forward<P>(pred)) {}

  std::size_t positions() const noexcept { return range_.size(); }

  // The group that a participant has yielded last: no other one begins in it.
  struct group {
    std::size_t first = 0;
    std::size_t last = 0;
  };
  group make_local() const noexcept { return {}; }

  template <class Sink>
  bool feed(group& latest, std::size_t first, std::size_t last, Sink& sink) {
    const bool inside = latest.first < first && first <= latest.last;
    std::size_t begin = inside ? latest.last : first;
    if (!inside) {
      while (begin < last && begin != 0 && belongs_to_previous(begin)) ++begin;
    }
    while (begin < last) {
      std::size_t end = begin + 1;
      while (end < range_.size() && belongs_to_previous(end)) ++end;
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

  Kept range_;
  Pred pred_;
};

template <class R>
using neighbour_t = std::ranges::range_reference_t<decltype(read_only(std::declval<R>()))>;

}  // namespace detail

// A callable that says whether two neighbouring elements of a range belong together.
template <class P, class R>
concept neighbour_predicate = std::predicate<P&, detail::neighbour_t<R>, detail::neighbour_t<R>>;

// The longest pieces in which pred(previous, next) is true for all neighbours: every element is in
// one piece. Spans or subranges as those of par_windows(), with const elements, because other
// threads may ask the predicate about them. Not indexed: how many there are is not known before.
//
// Lifetime: as par_chunks(). Cost: pred is called at most twice for two neighbours. A long group is
// looked for by one thread.
template <class R, class P>
auto par_chunk_by(R&& range, P&& pred) {
  if constexpr (par_divisible<R>) {
    static_assert(neighbour_predicate<std::decay_t<P>, R>,
                  "micropool: par_chunk_by needs pred(previous, next) -> bool, called with const "
                  "references to neighbouring elements");
    return parallel_iterator(detail::range_groups<detail::kept_read_only<R>, std::decay_t<P>>(
        std::forward<R>(range), std::forward<P>(pred)));
  } else {
    static_assert(detail::explain_pieces<R>());
  }
}

}  // namespace micropool
