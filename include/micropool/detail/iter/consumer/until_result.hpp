// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop that ends at a result of the user's function: one that has found something, or one that
// has failed.
#pragma once

#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/stage.hpp>

#include <utility>

namespace micropool::detail {

// End: ends(R&) returns true if a result ends the loop; none() makes the result if none does.
//
// A part that has ended the loop is its result, so there is nothing to combine.
template <class R, class F, class End, early_exit Stops>
struct until_result_consumer {
  using part = maybe_item<R>;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = Stops;

  part identity() const { return {}; }
  template <class Item>
  bool accept(part& last, Item&& item) {
    R r(call_with(f, std::forward<Item>(item)));
    if (nearly_always(!End::ends(r))) return true;
    last.keep(std::move(r));
    return false;
  }
  void combine(part&, part&&) const noexcept {}
  R result(part&& last) const { return last.has_item() ? R(std::move(last.get())) : End::none(); }

  F f;
};

}  // namespace micropool::detail
