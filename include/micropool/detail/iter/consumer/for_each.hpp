// SPDX-License-Identifier: MIT OR Apache-2.0
// The consumer of for_each(), whose bodies are not awaited.
#pragma once

#include <micropool/detail/iter/part_list.hpp>
#include <micropool/detail/iter/reduction.hpp>

#include <utility>

namespace micropool::detail {

template <class F>
struct for_each_consumer {
  using part = no_value;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::none;

  no_value identity() const noexcept { return {}; }
  template <class Item>
  bool accept(no_value&, Item&& item) {
    static_cast<void>(call_with(f, std::forward<Item>(item)));
    return true;
  }
  void combine(no_value&, no_value&&) const noexcept {}
  void result(no_value&&) const noexcept {}

  F f;
};

}  // namespace micropool::detail
