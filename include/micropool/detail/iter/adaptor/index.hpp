// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of enumerate(), rev(), step_by() and cycle().
#pragma once

#include <micropool/detail/iter/adaptor/positions.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/stage.hpp>
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

}  // namespace micropool::detail
