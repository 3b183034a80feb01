// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of skip(), take(), skip_exact() and take_exact().
#pragma once

#include <micropool/detail/iter/adaptor/positions.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace micropool::detail {

// Positions [skip, skip + most), as far as they exist.
template <indexed_stage Base>
class sliced : public adaptor_of<Base> {
public:
  sliced(Base&& b, std::size_t skip, std::size_t most)
      : adaptor_of<Base>(std::move(b)), skip_(skip), most_(most) {}

  std::size_t size() const {
    const std::size_t n = this->base_.size();
    return n == uncountable ? most_ : std::min(n - std::min(n, skip_), most_);
  }
  item_t<Base> fetch(std::size_t i) { return this->base_.fetch(skip_ + i); }

private:
  std::size_t skip_;
  std::size_t most_;
};

[[noreturn]] MICROPOOL_COLD inline void throw_too_few(const char* call, std::size_t wanted,
                                                      std::size_t n) {
  throw std::out_of_range("micropool: " + std::string(call) + "(" + std::to_string(wanted) +
                          "): there are " + std::to_string(n) +
                          " items; take() and skip() accept fewer");
}

// The same stage, after a check that it has at least `wanted` items, as soon as their number is
// known.
template <indexed_stage Base>
class long_enough : public adaptor_of<Base> {
public:
  long_enough(Base&& b, const char* call, std::size_t wanted)
      : adaptor_of<Base>(std::move(b)), call_(call), wanted_(wanted) {
    if constexpr (!prepared_stage<Base>) require_items();
  }

  task<> prepare()
    requires prepared_stage<Base>
  {
    co_await this->base_.prepare();
    require_items();
  }
  std::size_t size() const { return this->base_.size(); }
  item_t<Base> fetch(std::size_t i) { return this->base_.fetch(i); }

private:
  void require_items() const {
    if (size() < wanted_) [[unlikely]] throw_too_few(call_, wanted_, size());
  }

  const char* call_;
  std::size_t wanted_;
};

}  // namespace micropool::detail
