// SPDX-License-Identifier: MIT OR Apache-2.0
// chunks, array_windows: several items of an indexed stage as one item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/group.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/adaptor/sub_source.hpp>

#include <cstddef>

namespace micropool::detail {

template <class Self, class Stage>
class group_adaptors {
public:
  /// Yields n items at a time, and in the end those that are left, as a sub_source, which fetches
  /// them when it is iterated over. Throws std::invalid_argument if n is 0.
  auto chunks(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    if (n == 0) [[unlikely]] throw_bad_argument("chunks", "a chunk has at least one item, not 0");
    return opened<Self>(*this).template adapted<chunked<Stage>>(n);
  }

  /// Yields each item with the N - 1 after it, as a std::array of values, or of
  /// std::reference_wrapper if items are references. Yields nothing if there are fewer than N
  /// items. Every item is fetched up to N times.
  ///
  /// ```cpp
  /// auto steps = mp::par_iter(v)
  ///                  .copied()
  ///                  .array_windows<2>()
  ///                  .map([](int a, int b) { return b - a; })  // the elements of the std::array
  ///                  .collect<std::vector>();
  /// ```
  template <std::size_t N>
    requires items_can_be_fetched_again<Stage> && (N > 0)
  auto array_windows() && {
    return opened<Self>(*this).template adapted<windowed<Stage, N>>();
  }

  MICROPOOL_INSTEAD_OF_COUNTED(chunks,
                    "chunks(n), of a chain that has one item for each position (not behind filter, "
                    "flat_map and the like)")
  MICROPOOL_INSTEAD_OF_NUMBER(array_windows,
                              "array_windows<N>(), with N > 0, of items that can be fetched again: those of "
                              "an lvalue range, before any map")
};

}  // namespace micropool::detail
