// SPDX-License-Identifier: MIT OR Apache-2.0
// What most files of the benchmarks include, compiled once for all of them.
#include <benchmark/benchmark.h>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
