// SPDX-License-Identifier: MIT OR Apache-2.0
// par_divisible: what par_chunks, par_windows and par_chunk_by accept.
#pragma once

#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/piece.hpp>

#include <type_traits>

namespace micropool {
namespace detail {

// A variable and not a concept, because compilers explain every part of a concept that fails.
template <class R>
inline constexpr bool can_be_divided = kept_elsewhere<R> && !stage<std::remove_cvref_t<R>>;

}  // namespace detail

/// A range that can be cut into chunks, windows and groups: it has random access and a size, and is
/// an lvalue or a view, because the pieces refer to it.
template <class R>
concept par_divisible = detail::can_be_divided<R>;

}  // namespace micropool
