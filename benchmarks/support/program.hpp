// SPDX-License-Identifier: MIT OR Apache-2.0
// What every benchmark program shares: registration before main, one main, one exit status.
// A program is a set of object files; a file that is not linked (oneTBB not found) adds nothing.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

#include "options.hpp"

namespace bench {

// Defers the registration of benchmarks until the size is known.
//
// Define one at namespace scope per engine. `rank` orders the engines in listings; files of one
// program may be initialised in any order.
struct registration {
  registration(int rank, std::function<void(const options&)> add);
};

// Ends this benchmark with an error and makes the program's exit status 1.
void fail(benchmark::State& state, const std::string& what);

// Adds a line to the context block of the JSON output; a later value for a key replaces the first.
void add_context(const std::string& key, const std::string& value);

// `family/size/engine/threads:n`: the report script splits names at the slashes.
std::string benchmark_name(std::string_view family, const options& o, std::string_view engine,
                           int threads);

// The order of engines in listings and tables.
namespace rank {
inline constexpr int reference = 0;
inline constexpr int micropool = 10;
inline constexpr int peer = 20;
}  // namespace rank

}  // namespace bench
