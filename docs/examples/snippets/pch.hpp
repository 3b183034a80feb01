// SPDX-License-Identifier: MIT OR Apache-2.0
// What the snippets include, compiled once for all of them.
#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
