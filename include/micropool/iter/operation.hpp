// SPDX-License-Identifier: MIT OR Apache-2.0
// How a binary operation is called: that of reduce, of scans, of sum.
//
// An operation may take its arguments by value, by const reference or as rvalues. A loop passes an
// rvalue only if nothing needs the argument afterwards; items of an lvalue range are lvalues. An
// argument that the operation does not accept as it is is copied.
#pragma once

#include <micropool/detail/iter/operate.hpp>

#include <concepts>

namespace micropool {

/// A callable that accepts two values, or copies of them.
template <class Op, class Left, class Right>
concept operates_on = detail::can_operate<Op, Left, Right>;

/// The same, with a result that converts to T.
template <class Op, class T, class Left, class Right>
concept operates_to = operates_on<Op, Left, Right> && requires {
  requires std::convertible_to<detail::operation_result_t<Op, Left, Right>, T>;
};

}  // namespace micropool
