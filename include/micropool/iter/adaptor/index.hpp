// SPDX-License-Identifier: MIT OR Apache-2.0
// enumerate, rev, step_by, cycle: other positions of an indexed stage.
#pragma once

#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/adaptor/slice.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/used_up.hpp>

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

  std::size_t size() const { return this->base_.size(); }
  item_t<Base> fetch(std::size_t i) { return this->base_.fetch(size() - 1 - i); }
};

template <indexed_stage Base>
class strided : public adaptor_of<Base> {
public:
  strided(Base&& b, std::size_t step) : adaptor_of<Base>(std::move(b)), step_(step) {}

  std::size_t size() const {
    const std::size_t n = this->base_.size();
    return n == 0 ? 0 : (n - 1) / step_ + 1;
  }
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
  MICROPOOL_RVALUES_ONLY(enumerate, rev, step_by, cycle)

  // std::pair(position, item); the position is a std::size_t. Callables may take the two in parts.
  auto enumerate() &&
    requires one_item_per_position<Stage>
  {
    return self().template adapted<enumerated<Stage>>();
  }

  // The items from the last to the first.
  auto rev() &&
    requires one_item_per_position<Stage>
  {
    return self().template adapted<reversed<Stage>>();
  }

  // The first item and every n-th behind it. Throws std::invalid_argument if n is 0.
  auto step_by(std::size_t n) &&
    requires one_item_per_position<Stage>
  {
    if (n == 0) [[unlikely]] throw_bad_argument("step_by", "a step has at least one item, not 0");
    return self().template adapted<strided<Stage>>(n);
  }

  // The items over and over again: 2^63 of them, so that something else has to end the loop:
  // take(), zip_min(), take_while_any(), find_any(). No items stay no items.
  auto cycle() &&
    requires items_can_be_fetched_again<Stage>
  {
    return self().template adapted<cycled<Stage>>();
  }
};

}  // namespace micropool::detail
