// SPDX-License-Identifier: MIT OR Apache-2.0
// collect, collect_into, collect_per_thread: all items in containers.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/consumer/block_list.hpp>
#include <micropool/detail/iter/consumer/collect.hpp>
#include <micropool/detail/iter/consumer/written_in_place.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/consumer/container.hpp>

#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class Self, class Stage>
class collect_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Returns a container of all items, in order: a std::vector<T>, deque, list, set, map (of
  /// pairs), unordered_map, string, or any type that can be filled or constructed from a range as
  /// these. If a set or map meets equal keys, the one with the lowest index stays.
  ///
  /// ```cpp
  /// auto different = mp::par_iter(names).collect<std::set<std::string>>();
  /// ```
  ///
  /// Cost: an indexed stage writes directly into a vector of plain values. Otherwise the values are
  /// collected in blocks, and then moved into the container by one thread.
  template <class C>
    requires collection_of<C, item>
  auto collect() && {
    if constexpr (written_in_place<Stage, C>) {
      auto&& it = opened<Self>(*this);
      return std::move(it).run(collected<C>(std::move(it.stage), it.settings));
    } else {
      return opened<Self>(*this).consumed(collect_consumer<C>());
    }
  }
  /// The same with the value type of the chain: collect<std::vector>().
  template <template <class...> class C>
    requires collection_of<C<value>, item>
  auto collect() && {
    return std::move(*this).template collect<C<value>>();
  }
  /// The same for maps, from pairs.
  template <template <class...> class C>
    requires(!requires { typename C<value>; }) &&
            collection_of<C<std::remove_cvref_t<typename value::first_type>,
                            std::remove_cvref_t<typename value::second_type>>,
                          item>
  auto collect() && {
    return std::move(*this).template collect<C<std::remove_cvref_t<typename value::first_type>,
                                     std::remove_cvref_t<typename value::second_type>>>();
  }

  /// Replaces the content of the container, and keeps its memory where it can. The chain must not
  /// refer to the container, which must not be used until the loop has ended.
  /// Errors: the container is empty after an exception.
  template <class C>
    requires collection_of<C, item> && appendable<C, element_of_t<C>> &&
             requires(C& c) { c.clear(); }
  auto collect_into(C& container) && {
    auto&& it = opened<Self>(*this);
    return std::move(it).run(collected_into<C>(std::move(it.stage), container, it.settings));
  }

  /// Returns one container for each participant that has seen an item, in any order. Each has the
  /// participant's items in the order in which it has seen them.
  template <class C>
    requires collection_of<C, item> && appendable<C, element_of_t<C>> &&
             requires(const C& c) { c.empty(); }
  auto collect_per_thread() && {
    return opened<Self>(*this).consumed(collect_per_thread_consumer<C>());
  }

  MICROPOOL_INSTEAD(collect,
                    "collect<Container>(), for example collect<std::vector>(), where items can be "
                    "put into Container")
  MICROPOOL_INSTEAD(collect_into,
                    "collect_into(container), where container is an lvalue into which items can be "
                    "put")
  MICROPOOL_INSTEAD(collect_per_thread,
                    "collect_per_thread<Container>(), where items can be put into Container")
  MICROPOOL_INSTEAD_OF_TEMPLATE(collect,
                                "collect<Container>(), for example collect<std::vector>(), where items can be "
                                "put into Container")
};

}  // namespace micropool::detail
