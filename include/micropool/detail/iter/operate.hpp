// SPDX-License-Identifier: MIT OR Apache-2.0
// operate: calls a binary operation, that of reduce, of scans, of sum.
//
// A loop passes an rvalue only if nothing needs the argument afterwards; items of an lvalue range
// are lvalues. An argument that the operation does not accept as it is is copied.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class T>
using copy_of_t = std::remove_cvref_t<T>;
template <class T>
concept copied_if_needed = std::constructible_from<copy_of_t<T>, T>;

template <class Op, class Left, class Right>
concept operates_on_copy_of_right = copied_if_needed<Right> &&
                                    std::invocable<Op&, Left, copy_of_t<Right>>;
template <class Op, class Left, class Right>
concept operates_on_copy_of_left = copied_if_needed<Left> &&
                                   std::invocable<Op&, copy_of_t<Left>, Right>;
template <class Op, class Left, class Right>
concept operates_on_copies = copied_if_needed<Left> && copied_if_needed<Right> &&
                             std::invocable<Op&, copy_of_t<Left>, copy_of_t<Right>>;

// One condition instead of four, because compilers explain each of those that fails.
template <class Op, class Left, class Right>
inline constexpr bool can_operate =
    std::invocable<Op&, Left, Right> || operates_on_copy_of_right<Op, Left, Right> ||
    operates_on_copy_of_left<Op, Left, Right> || operates_on_copies<Op, Left, Right>;

// Returns by value, because the result of an operation may refer to a copied argument.
template <class T>
copy_of_t<T> as_value(T&& result) {
  return std::forward<T>(result);
}

template <class Op, class Left, class Right>
  requires can_operate<Op, Left, Right>
MICROPOOL_ALWAYS_INLINE decltype(auto) operate(Op& op, Left&& left, Right&& right) noexcept(
    std::is_nothrow_invocable_v<Op&, Left, Right>) {
  if constexpr (std::invocable<Op&, Left, Right>) {
    return std::invoke(op, std::forward<Left>(left), std::forward<Right>(right));
  } else if constexpr (operates_on_copy_of_right<Op, Left, Right>) {
    return as_value(
        std::invoke(op, std::forward<Left>(left), copy_of_t<Right>(std::forward<Right>(right))));
  } else if constexpr (operates_on_copy_of_left<Op, Left, Right>) {
    return as_value(
        std::invoke(op, copy_of_t<Left>(std::forward<Left>(left)), std::forward<Right>(right)));
  } else {
    return as_value(std::invoke(op, copy_of_t<Left>(std::forward<Left>(left)),
                                copy_of_t<Right>(std::forward<Right>(right))));
  }
}

template <class Op, class Left, class Right>
  requires can_operate<Op, Left, Right>
using operation_result_t =
    decltype(operate(std::declval<Op&>(), std::declval<Left>(), std::declval<Right>()));

}  // namespace micropool::detail
