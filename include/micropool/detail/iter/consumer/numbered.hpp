// SPDX-License-Identifier: MIT OR Apache-2.0
// A stage for searches: items with their positions.
#pragma once

#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>

namespace micropool::detail {

template <class Item>
struct numbered_item {
  std::size_t position;
  Item item;
};

template <indexed_stage Base>
class numbered : public adaptor_of<Base> {
public:
  using adaptor_of<Base>::adaptor_of;

  std::size_t size() const { return this->base_.size(); }
  numbered_item<item_t<Base>> fetch(std::size_t i) { return {i, this->base_.fetch(i)}; }
};

}  // namespace micropool::detail
