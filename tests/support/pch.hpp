// SPDX-License-Identifier: MIT OR Apache-2.0
// What nearly every test file includes, compiled once for each program: more than half of the time
// that an unoptimised test file takes goes into these headers.
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>
