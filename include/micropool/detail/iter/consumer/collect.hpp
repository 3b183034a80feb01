// SPDX-License-Identifier: MIT OR Apache-2.0
// How items get into containers: in place, in one list of blocks, or per participant.
#pragma once

#include <micropool/detail/iter/consumer/block_list.hpp>
#include <micropool/detail/iter/consumer/written_in_place.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/stage.hpp>

#include <utility>
#include <vector>

namespace micropool::detail {

template <class C, stage Stage>
task<C> collected(Stage s, loop_settings how) {
  C c;
  if constexpr (prepared_stage<Stage>) co_await s.prepare();
  co_await write_in_place(s, c, how);
  co_return c;
}

template <class C, stage Stage>
task<> collected_into(Stage s, C& c, loop_settings how) {
  try {
    if constexpr (written_in_place<Stage, C>) {
      if constexpr (prepared_stage<Stage>) co_await s.prepare();
      co_await write_in_place(s, c, how);
    } else {
      auto values = co_await consume(std::move(s), gather_consumer<element_of_t<C>>(), how);
      c.clear();
      std::move(values).move_to(c);
    }
  } catch (...) {
    c.clear();
    throw;
  }
}

// The container of one participant, and those of others that have been combined with it.
template <class C>
struct collect_per_thread_consumer {
  struct part {
    C own;
    std::vector<C> others;
  };
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  template <class Item>
  bool accept(part& p, Item&& item) const {
    append(p.own, static_cast<element_of_t<C>>(std::forward<Item>(item)));
    return true;
  }
  void combine(part& left, part&& right) const { left.others.push_back(std::move(right.own)); }
  std::vector<C> result(part&& p) const {
    p.others.push_back(std::move(p.own));
    std::erase_if(p.others, [](const C& c) { return c.empty(); });
    return std::move(p.others);
  }
};

}  // namespace micropool::detail
