// SPDX-License-Identifier: MIT OR Apache-2.0
// enumerate, rev, step_by, cycle: the items of an indexed stage at other positions.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/index.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/iter/adaptor/positions.hpp>

#include <cstddef>

namespace micropool::detail {

template <class Self, class Stage>
class index_adaptors {
public:
  /// Yields std::pair(position, item); the position is a std::size_t. A callable may take the two
  /// as separate arguments.
  ///
  /// ```cpp
  /// mp::par_iter(v).enumerate().for_each(
  ///     [](std::size_t i, int& n) { n = static_cast<int>(i * i); });
  /// ```
  auto enumerate() &&
    requires one_item_per_position<Stage>
  {
    return opened<Self>(*this).template adapted<enumerated<Stage>>();
  }

  /// Yields the items from the last to the first.
  auto rev() &&
    requires one_item_per_position<Stage>
  {
    return opened<Self>(*this).template adapted<reversed<Stage>>();
  }

  /// Yields the first item and every n-th after it. Throws std::invalid_argument if n is 0.
  auto step_by(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    if (n == 0) [[unlikely]] throw_bad_argument("step_by", "a step has at least one item, not 0");
    return opened<Self>(*this).template adapted<strided<Stage>>(n);
  }

  /// Yields the items over and over again, 2^63 in all, so that another stage or the consumer has
  /// to end the loop: take(), zip_min(), take_while_any(), find_any(). Yields nothing if there are
  /// no items.
  auto cycle() &&
    requires items_can_be_fetched_again<Stage>
  {
    return opened<Self>(*this).template adapted<cycled<Stage>>();
  }

  MICROPOOL_INSTEAD(enumerate,
                    "enumerate(), of a chain that has one item for each position (not behind "
                    "filter, flat_map and the like)")
  MICROPOOL_INSTEAD(rev,
                    "rev(), of a chain that has one item for each position (not behind filter, "
                    "flat_map and the like)")
  MICROPOOL_INSTEAD_OF_COUNTED(step_by,
                    "step_by(n), of a chain that has one item for each position (not behind "
                    "filter, flat_map and the like)")
  MICROPOOL_INSTEAD(cycle,
                    "cycle(), of items that can be fetched again: those of an lvalue range, before "
                    "any map")
};

}  // namespace micropool::detail
