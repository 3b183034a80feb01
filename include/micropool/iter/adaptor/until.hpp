// SPDX-License-Identifier: MIT OR Apache-2.0
// take_while_any, map_while_any: all items until one of them ends the loop, in order of time. As in
// rayon, the loop has no end by position, which would need all items before it first.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/until.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/adaptor/filter.hpp>
#include <micropool/iter/concepts.hpp>

#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class Self, class Stage>
class until_adaptors {
public:
  /// Yields items until the predicate is false for one of them, on any thread. From then on no item
  /// is looked at, whatever its index. Items that were taken earlier may be before that one or
  /// after it, and some before it may be missing. A loop that runs on one thread as one chunk
  /// yields exactly those before it.
  ///
  /// ```cpp
  /// mp::par_range(2, n)
  ///     .take_while_any([&](int) { return found == 0; })  // ends the loop for all threads
  ///     .filter(divides)
  ///     .for_each([&](int i) { found = i; });
  /// ```
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value_t<Stage>&>
  auto take_while_any(Predicate&& p) && {
    return opened<Self>(*this).template adapted<taken_while<Stage, std::decay_t<Predicate>>>(
        std::forward<Predicate>(p));
  }

  /// Yields the content of f(item) (as for filter_map), until it is empty for an item; ends as
  /// take_while_any() does.
  template <class F>
    requires partial_item_mapping<std::decay_t<F>, item_t<Stage>>
  auto map_while_any(F&& f) && {
    return opened<Self>(*this).template adapted<mapped_while<Stage, std::decay_t<F>>>(
        std::forward<F>(f));
  }

  MICROPOOL_INSTEAD(take_while_any,
                    "take_while_any(pred), where pred(item) takes the item as const and returns "
                    "bool")
  MICROPOOL_INSTEAD(map_while_any, "map_while_any(f), where f(item) returns a std::optional")
};

}  // namespace micropool::detail
