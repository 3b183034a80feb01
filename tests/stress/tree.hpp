// SPDX-License-Identifier: MIT OR Apache-2.0
// Random fork-join programs as data: what they do, and what a serial run of them yields. Nothing
// here knows the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace stress {

using node_id = std::uint32_t;

enum class kind : std::uint8_t {
  leaf,      // spins, may throw
  sequence,  // children one after the other; the first that throws ends it
  join,      // one to four children
  join_all,  // any number of children
  scope,     // one child, the body; fork nodes below it add more
  fork,      // forks its child onto an enclosing scope
  foreign,   // waits for an event that a thread from outside sets
  yield,     // gives way
  move,      // goes on on the other pool, and runs its child there
  spawn,     // spawns its first child, runs its second if there is one, then waits for the first
  common,    // waits for a task that all trees of the round have in common
  loose      // spawns its child, and waits for nothing; perhaps cancels it
};

struct node {
  kind what = kind::leaf;
  bool awaited = false;      // join, join_all, scope, sequence: as a coroutine, else blocking
  bool stackful = false;     // where a coroutine runs plain code: on a stack of its own
  bool in_handler = false;   // called while an exception is being handled
  bool throws = false;       // leaf, foreign
  std::uint8_t flavour = 0;  // which of several ways to write the same thing
  std::uint8_t up = 0;       // fork: how many scopes further out than the innermost
  std::uint8_t which = 0;    // common: the number of the task
  bool elsewhere = false;    // spawn, loose: on a pool that may not be the current one
  std::uint32_t spin = 0;    // leaf
  std::uint32_t sleep = 0;   // leaf: microseconds; gives the core to a thread that may steal
  std::vector<node_id> children;

  // Who waits for this node: the parent, but for a forked child its scope; itself if no other does.
  // The nodes that n waits for, directly or not, are those with n.begin <= begin < n.end.
  node_id waits = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct shape {
  std::uint32_t nodes = 200;  // about so many
  std::uint32_t depth = 8;
  std::uint32_t spin = 200;             // most leaves, at most
  std::uint32_t long_spin = 20'000;     // one leaf in sixteen, at most
  unsigned throw_percent = 3;           // of the leaves
  unsigned sleep_percent = 3;           // of the leaves
  unsigned awaited_percent = 50;
  unsigned stackful_percent = 0;
  unsigned handler_percent = 0;
  bool foreign = true;                  // may wait for events and yield
  bool two_pools = true;                // may move
  unsigned task_percent = 0;            // of the nodes: spawn, common, loose
  std::uint32_t commons = 0;            // how many tasks all trees have in common
};

// What a run must yield: a value, or one of some exceptions. There is more than one only where
// children of a scope fork concurrently and so get their numbers in any order.
struct outcome {
  std::uint64_t value = 0;
  std::vector<node_id> thrown_by;  // empty: it returns
};

struct tree {
  std::uint64_t seed = 0;
  std::optional<std::uint8_t> common;  // the number of the common task that runs it
  std::vector<node> nodes;  // the root first
  outcome expected;
  std::vector<std::uint8_t> runs;  // how often each node runs: once, or never behind a throw

  bool descends(node_id n, node_id from) const {
    return nodes[from].begin <= nodes[n].begin && nodes[n].begin < nodes[from].end;
  }
};

// The same tree for the same seed and shape, evaluated.
tree make_tree(std::uint64_t seed, const shape& s);

// Sets what the tree must yield and how often each node runs.
void evaluate(tree& t);

// How nodes make their values; order matters where a serial run's order is visible.
std::uint64_t value_of(node_id n);
std::uint64_t combine(std::uint64_t so_far, std::uint64_t next);

}  // namespace stress
