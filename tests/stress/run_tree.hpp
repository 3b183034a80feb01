// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs a random tree with the library and compares with what the tree must yield.
#pragma once

#include "foreign.hpp"
#include "tree.hpp"
#include "witness.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace stress {

class commons;

// What becomes of the tasks that no thread waits for: they may run when their tree has ended.
struct loose_ends {
  std::atomic<std::size_t> spawned{0};
  std::atomic<std::size_t> ran{0};
  std::atomic<std::size_t> cancelled{0};
};

// What trees run on.
struct surroundings {
  std::array<micropool::thread_pool*, 2> pools;
  foreign_thread& outside;
  witness& seen;
  commons& shared;
  loose_ends& ends;
};

// Runs the tree from the calling thread, which blocks. What went wrong, in words; nothing if all is
// as it must be.
std::optional<std::string> run_tree(const tree& t, const surroundings& s);

// Objects that runs hold in results, captures, parameters and exceptions. Zero between runs.
std::int64_t live_objects();

}  // namespace stress
