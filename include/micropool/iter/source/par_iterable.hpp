// SPDX-License-Identifier: MIT OR Apache-2.0
// par_iterable: what can be iterated in parallel.
#pragma once

#include <micropool/detail/iter/source/as_source.hpp>

namespace micropool {

/// What par_iter(), and every call that takes another source, accepts. R is the template argument
/// of a parameter R&&.
template <class R>
concept par_iterable = detail::can_be_iterated<R>;

}  // namespace micropool
