// SPDX-License-Identifier: MIT OR Apache-2.0
// The version of the library that these headers belong to.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <string_view>

namespace micropool {

inline constexpr int version_major = MICROPOOL_VERSION_MAJOR;
inline constexpr int version_minor = MICROPOOL_VERSION_MINOR;
inline constexpr int version_patch = MICROPOOL_VERSION_PATCH;
inline constexpr std::string_view version_string = MICROPOOL_VERSION_STRING;

}  // namespace micropool
