// SPDX-License-Identifier: MIT OR Apache-2.0
// skip, take, skip_exact, take_exact: a part of an indexed stage.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/slice.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/adaptor/positions.hpp>

#include <cstddef>
#include <limits>

namespace micropool::detail {

template <class Self, class Stage>
class slice_adaptors {
  static constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

  auto slice(std::size_t skip, std::size_t most) {
    return opened<Self>(*this).template adapted<sliced<Stage>>(skip, most);
  }
  auto exact_slice(const char* call, std::size_t wanted, std::size_t skip, std::size_t most) {
    auto checked = opened<Self>(*this).template adapted<long_enough<Stage>>(call, wanted);
    return opened<decltype(checked)>(checked).template adapted<sliced<long_enough<Stage>>>(skip,
                                                                                          most);
  }

public:
  /// Yields the items after the first n, and nothing if there are no more. Items that are left out
  /// are not fetched.
  ///
  /// ```cpp
  /// check(mp::par_iter(v).skip(2).take(3).sum() == 4 + 9 + 16);
  /// ```
  auto skip(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    return slice(n, whole);
  }

  /// Yields the first n items, or all if there are fewer.
  auto take(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    return slice(0, n);
  }

  /// As skip() and take(), but requires n items. Throws std::out_of_range, with the numbers, if
  /// there are fewer: at once, or when the loop begins if it has to prepare something before the
  /// size is known.
  auto skip_exact(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    return exact_slice("skip_exact", n, n, whole);
  }
  auto take_exact(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    return exact_slice("take_exact", n, 0, n);
  }

  MICROPOOL_INSTEAD_OF_COUNTED(skip,
                    "skip(n), of a chain that has one item for each position (not behind filter, "
                    "flat_map and the like)")
  MICROPOOL_INSTEAD_OF_COUNTED(take,
                    "take(n), of a chain that has one item for each position (not behind filter, "
                    "flat_map and the like)")
  MICROPOOL_INSTEAD_OF_COUNTED(skip_exact,
                    "skip_exact(n), of a chain that has one item for each position (not behind "
                    "filter, flat_map and the like)")
  MICROPOOL_INSTEAD_OF_COUNTED(take_exact,
                    "take_exact(n), of a chain that has one item for each position (not behind "
                    "filter, flat_map and the like)")
};

}  // namespace micropool::detail
