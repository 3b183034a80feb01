// SPDX-License-Identifier: MIT OR Apache-2.0
// enumerate, rev, step_by, cycle: the items of an indexed stage at other positions.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/slice.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <utility>

namespace micropool::detail {

template <indexed_stage Base>
class enumerated : public adaptor_of<Base> {
public:
  using adaptor_of<Base>::adaptor_of;

  std::size_t size() const { return this->base_.size(); }
  std::pair<std::size_t, item_t<Base>> fetch(std::size_t i) { return {i, this->base_.fetch(i)}; }
};

template <indexed_stage Base>
class reversed : public adaptor_of<Base> {
public:
  using adaptor_of<Base>::adaptor_of;

  std::size_t size() const {
    const std::size_t n = this->base_.size();
    if (n == uncountable) [[unlikely]] {
      throw_bad_argument("rev",
                         "items too many to count have no last one, which find_last and "
                         "position_last need as well; put take(n) before it");
    }
    return n;
  }
  item_t<Base> fetch(std::size_t i) { return this->base_.fetch(this->base_.size() - 1 - i); }
};

template <indexed_stage Base>
class strided : public adaptor_of<Base> {
public:
  strided(Base&& b, std::size_t step) : adaptor_of<Base>(std::move(b)), step_(step) {}

  std::size_t size() const { return steps_in(this->base_.size(), step_); }
  item_t<Base> fetch(std::size_t i) { return this->base_.fetch(i * step_); }

private:
  std::size_t step_;
};

template <indexed_stage Base>
class cycled : public adaptor_of<Base> {
public:
  using adaptor_of<Base>::adaptor_of;

  std::size_t size() const { return this->base_.size() == 0 ? 0 : most_positions; }
  item_t<Base> fetch(std::size_t i) { return this->base_.fetch(i % this->base_.size()); }
};

template <class Self, class Stage>
class index_adaptors : public slice_adaptors<Self, Stage> {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
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
    return self().template adapted<enumerated<Stage>>();
  }

  /// Yields the items from the last to the first.
  auto rev() &&
    requires one_item_per_position<Stage>
  {
    return self().template adapted<reversed<Stage>>();
  }

  /// Yields the first item and every n-th after it. Throws std::invalid_argument if n is 0.
  auto step_by(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    if (n == 0) [[unlikely]] throw_bad_argument("step_by", "a step has at least one item, not 0");
    return self().template adapted<strided<Stage>>(n);
  }

  /// Yields the items over and over again, 2^63 in all, so that another stage or the consumer has
  /// to end the loop: take(), zip_min(), take_while_any(), find_any(). Yields nothing if there are
  /// no items.
  auto cycle() &&
    requires items_can_be_fetched_again<Stage>
  {
    return self().template adapted<cycled<Stage>>();
  }
};

}  // namespace micropool::detail
