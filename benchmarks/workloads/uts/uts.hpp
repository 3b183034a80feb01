// SPDX-License-Identifier: MIT OR Apache-2.0
// Unbalanced tree search: walks a tree whose shape only a hash knows, so that no division of the
// work can be planned. Geometric trees of fixed shape with four children on average; `base` is the
// published tree T1, `large` the published T1L.
// Olivier, Huan, Liu, Prins, Dinan, Sadayappan, Tseng, "UTS: An Unbalanced Tree Search Benchmark",
// LCPC 2006; the trees' parameters and sizes are those of the distribution's sample trees.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "../../support/program.hpp"
#include "sha1.hpp"

namespace bench::uts {

// What a walk finds below and including a node.
struct tally {
  std::int64_t nodes = 1;
  std::int64_t leaves = 0;
  int depth = 0;

  bool operator==(const tally&) const = default;
};

struct tree {
  int max_depth;
  std::uint32_t seed;
  tally published;
};

struct node {
  digest state;
  int depth;
};

inline constexpr double branching = 4.0;
inline constexpr int max_children = 100;

inline node root_of(const tree& t) {
  return {sha1(std::array<std::uint32_t, 5>{0, 0, 0, 0, t.seed}), 0};
}

inline node child_of(const node& parent, int index) {
  const digest& s = parent.state;
  return {sha1(std::array<std::uint32_t, 6>{s[0], s[1], s[2], s[3], s[4],
                                            static_cast<std::uint32_t>(index)}),
          parent.depth + 1};
}

// A geometrically distributed number, drawn from the last 31 bits of the node's state.
inline int children_of(const tree& t, const node& n) {
  if (n.depth >= t.max_depth) return 0;
  const std::uint32_t bits = n.state[4] & 0x7FFFFFFF;
  const double uniform = bits / 2147483648.0;
  constexpr double p = 1.0 / (1.0 + branching);
  const double drawn = std::floor(std::log(1.0 - uniform) / std::log(1.0 - p));
  return std::min(static_cast<int>(drawn), max_children);
}

// One slot per child; most nodes have few, so that only the rare wide one allocates.
class child_tallies {
public:
  explicit child_tallies(int count) : count_(static_cast<std::size_t>(count)) {
    if (count_ > few_.size()) many_.resize(count_);
  }

  tally& operator[](int i) { return data()[static_cast<std::size_t>(i)]; }

  // The tally of the node whose children these are.
  tally sum(const node& parent) {
    tally total{.nodes = 1, .leaves = count_ == 0 ? 1 : 0, .depth = parent.depth};
    for (const tally& child : std::span(data(), count_)) {
      total.nodes += child.nodes;
      total.leaves += child.leaves;
      total.depth = std::max(total.depth, child.depth);
    }
    return total;
  }

private:
  tally* data() { return many_.empty() ? few_.data() : many_.data(); }

  std::size_t count_;
  std::array<tally, 12> few_;
  std::vector<tally> many_;
};

struct work {
  static constexpr const char* name = "uts";
  using result = tally;

  explicit work(size s) : shape(shape_of(s)) {}

  bool correct(const tally& answer) const { return answer == shape.published; }
  // Every node but the root is forked.
  double forks() const { return static_cast<double>(shape.published.nodes - 1); }
  void prepare() const {}

  const tree shape;

private:
  static tree shape_of(size s) {
    switch (s) {
      case size::test:
        return {6, 19, {16'000, 12'839, 6}};
      case size::base:
        return {10, 19, {4'130'071, 3'305'118, 10}};
      case size::large:
        break;
    }
    return {13, 29, {102'181'082, 81'746'377, 13}};
  }
};

}  // namespace bench::uts
