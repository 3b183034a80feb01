// SPDX-License-Identifier: MIT OR Apache-2.0
// collect, collect_into, collect_per_thread: the items in containers.
#pragma once

#include <micropool/iter/consumer/container.hpp>
#include <micropool/iter/consumer/gathered.hpp>
#include <micropool/iter/consumer/written_in_place.hpp>
#include <micropool/iter/reduction.hpp>
#include <micropool/iter/used_up.hpp>

#include <concepts>
#include <type_traits>
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

// The container of a participant, and those of others that have been put behind it.
template <class C>
struct collect_per_thread_consumer {
  struct part {
    C own;
    std::vector<C> others;
  };
  static constexpr auto combines = association::any;
  static constexpr auto stops = stopping::never;

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

template <class Self, class Stage>
class collect_consumers {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  MICROPOOL_RVALUES_ONLY(collect, collect_into, collect_per_thread)
  MICROPOOL_RVALUE_ONLY_OF_TEMPLATE(collect)

  // A container of all items, in order: std::vector<T>, a std::deque, list, set, map (from pairs),
  // unordered_map, string, any type that can be filled or made of a range as these. Where a set or
  // a map meets an equal key, the one with the lowest index stays. Cost: an indexed stage writes
  // into a vector of plain values at once. Otherwise values are collected piece by piece and then
  // moved, one after the other, into the container.
  template <class C>
    requires collection_of<C, item>
  auto collect() && {
    if constexpr (written_in_place<Stage, C>) {
      Self&& it = self();
      return std::move(it).run(collected<C>(std::move(it).stage(), it.settings()));
    } else {
      return self().consumed(collect_consumer<C>());
    }
  }
  // The same with the value type of the chain: collect<std::vector>().
  template <template <class...> class C>
    requires collection_of<C<value>, item>
  auto collect() && {
    return self().template collect<C<value>>();
  }
  // Maps: from pairs.
  template <template <class...> class C>
    requires(!requires { typename C<value>; }) &&
            collection_of<C<std::remove_cvref_t<typename value::first_type>,
                            std::remove_cvref_t<typename value::second_type>>,
                          item>
  auto collect() && {
    return self().template collect<C<std::remove_cvref_t<typename value::first_type>,
                                     std::remove_cvref_t<typename value::second_type>>>();
  }

  // Replaces what the container holds, and keeps its memory where it can. The chain must not refer
  // to the container, which is used until the loop has ended. Errors: when an exception leaves, the
  // container is empty.
  template <class C>
    requires collection_of<C, item> && appendable<C, element_of_t<C>> &&
             requires(C& c) { c.clear(); }
  auto collect_into(C& container) && {
    Self&& it = self();
    return std::move(it).run(collected_into<C>(std::move(it).stage(), container, it.settings()));
  }

  // One container for each participant that has seen an item, in any order, with its items in the
  // order in which it has seen them.
  template <class C>
    requires collection_of<C, item> && appendable<C, element_of_t<C>> &&
             requires(const C& c) { c.empty(); }
  auto collect_per_thread() && {
    return self().consumed(collect_per_thread_consumer<C>());
  }
};

}  // namespace micropool::detail
