// SPDX-License-Identifier: MIT OR Apache-2.0
// The version of the library that these headers belong to.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <string_view>

namespace micropool {

/// The first number of the version.
inline constexpr int version_major = MICROPOOL_VERSION_MAJOR;
/// The second number of the version; before 1.0 it changes with the API and the ABI.
inline constexpr int version_minor = MICROPOOL_VERSION_MINOR;
/// The third number of the version.
inline constexpr int version_patch = MICROPOOL_VERSION_PATCH;
/// The version as a text, for example "0.1.0".
inline constexpr std::string_view version_string = MICROPOOL_VERSION_STRING;

}  // namespace micropool
