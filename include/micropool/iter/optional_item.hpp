// SPDX-License-Identifier: MIT OR Apache-2.0
// optional_item: an item or none, as searches and extremes yield it.
#pragma once

#include <micropool/optional_ref.hpp>

#include <optional>
#include <type_traits>

namespace micropool {

/// Items that are references stay references to what the chain iterates over.
template <class Item>
using optional_item = std::conditional_t<std::is_lvalue_reference_v<Item>,
                                        optional_ref<std::remove_reference_t<Item>>,
                                        std::optional<std::remove_cvref_t<Item>>>;

}  // namespace micropool
