// SPDX-License-Identifier: MIT OR Apache-2.0
// What adaptors that work by position require of a chain.
#pragma once

#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

namespace micropool {

/// Not satisfied after filter, flat_map and the like, where the n-th item is known only after the
/// items before it have been computed; nor after map_init.
template <class S>
concept one_item_per_position = indexed_stage<S>;

/// Not satisfied if fetching an item moves an element out of a container, or calls a user's
/// function.
template <class S>
concept items_can_be_fetched_again = one_item_per_position<S> && detail::repeatable_stage<S>;

}  // namespace micropool
