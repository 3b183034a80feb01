// SPDX-License-Identifier: MIT OR Apache-2.0
// skip, take, skip_exact, take_exact: a part of an indexed stage.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/positions.hpp>
#include <micropool/iter/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
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

template <class Self, class Stage>
class slice_adaptors {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  static constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

  auto slice(std::size_t skip, std::size_t most) {
    return self().template adapted<sliced<Stage>>(skip, most);
  }
  auto exact_slice(const char* call, std::size_t wanted, std::size_t skip, std::size_t most) {
    using checked = long_enough<Stage>;
    return self()
        .template adapted<checked>(call, wanted)
        .template adapted<sliced<checked>>(skip, most);
  }

public:
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
};

}  // namespace micropool::detail
