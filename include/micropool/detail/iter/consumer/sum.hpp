// SPDX-License-Identifier: MIT OR Apache-2.0
// What sum, product and count fold into.
#pragma once

#include <micropool/detail/iter/operate.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/operation.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Sums and products of integers are the same in any tree and any order if they are computed modulo
// 2^n: a part may then exceed the range that the whole stays in. All others may round, and keep one
// tree.
template <class T, class Item>
inline constexpr bool counts_exactly = std::integral<T> && std::integral<std::remove_cvref_t<Item>>;
template <class T, class Item>
struct part_of_sum {
  using type = T;
};
template <class T, class Item>
  requires counts_exactly<T, Item>
struct part_of_sum<T, Item> {
  using type = std::common_type_t<unsigned, std::make_unsigned_t<T>>;
};

// A T can be made of a T and an item, and of two Ts. By construction, because the sum of two shorts
// is an int.
template <class Op, class T, class Item>
concept makes_one_of = operates_on<const Op, T, Item> && operates_on<const Op, T, T> && requires {
  requires std::constructible_from<T, operation_result_t<const Op, T, Item>>;
  requires std::constructible_from<T, operation_result_t<const Op, T, T>>;
};
// T is not bool, whose sum would only tell whether any item is true.
template <class T, class Item>
concept adds_to = std::constructible_from<T> && (!std::same_as<T, bool>) &&
                  makes_one_of<std::plus<>, T, Item>;
template <class T, class Item>
concept multiplies_to = std::constructible_from<T, int> && (!std::same_as<T, bool>) &&
                        makes_one_of<std::multiplies<>, T, Item>;

// Op is std::plus<> or std::multiplies<>; an empty sum is T(), and an empty product T(1).
template <class Op, class T, class Item>
struct total_consumer {
  using part = typename part_of_sum<T, Item>::type;
  static constexpr bool exact = counts_exactly<T, Item>;
  static constexpr auto combines = exact ? combine_order::unordered : combine_order::fixed_tree;
  static constexpr auto stops = early_exit::none;

  part identity() const {
    if constexpr (std::same_as<Op, std::plus<>>) {
      return part();
    } else {
      return part(1);
    }
  }
  template <class I>
  bool accept(part& total, I&& item) const {
    if constexpr (exact) {
      total = op(total, static_cast<part>(item));
    } else {
      total = static_cast<T>(operate(op, std::move(total), std::forward<I>(item)));
    }
    return true;
  }
  void combine(part& left, part&& right) const {
    left = static_cast<part>(operate(op, std::move(left), std::move(right)));
  }
  T result(part&& total) const { return static_cast<T>(std::move(total)); }

private:
  static constexpr Op op{};
};

struct count_consumer {
  using part = std::size_t;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::none;

  std::size_t identity() const noexcept { return 0; }
  template <class Item>
  bool accept(std::size_t& n, Item&&) const noexcept {
    ++n;
    return true;
  }
  void combine(std::size_t& left, std::size_t&& right) const noexcept { left += right; }
  std::size_t result(std::size_t&& n) const noexcept { return n; }
};

// Fetching is unobservable for a repeatable stage, so count() reads the size and fetches nothing.
template <repeatable_stage Stage>
task<std::size_t> count_unseen(Stage s) {
  if constexpr (prepared_stage<Stage>) co_await s.prepare();
  co_return checked_positions(s);
}

}  // namespace micropool::detail
