// SPDX-License-Identifier: MIT OR Apache-2.0
// The header without a pipeline.
#include <micropool/iter.hpp>
