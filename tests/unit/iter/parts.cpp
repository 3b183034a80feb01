// SPDX-License-Identifier: MIT OR Apache-2.0
// How the parts of a loop become one result.
#include <micropool/detail/iter/reduction.hpp>

#include "catch.hpp"
#include "seed.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace micropool::detail;

// Tells in which tree it was put together.
struct bracketing {
  void combine(std::string& left, std::string&& right) const { left = "(" + left + right + ")"; }
};

// The parts of two participants, who take the runs between the cuts by turns, and run them chunk by
// chunk.
std::string in_fixed_tree(const std::vector<std::uint32_t>& cuts) {
  const bracketing c;
  std::vector<chunk_range> runs;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) runs.push_back({cuts[i], cuts[i + 1]});
  part_list<std::string> all;
  for (const std::size_t participant : {std::size_t{1}, std::size_t{0}}) {
    part_list<std::string> of_one_participant;
    for (std::size_t i = participant; i < runs.size(); i += 2) {
      for (std::uint32_t u = runs[i].first; u < runs[i].last; ++u) {
        of_one_participant.push({u, u + 1}, std::string(1, static_cast<char>('a' + u)));
        of_one_participant.merge_siblings(c);
      }
    }
    while (of_one_participant.newest() != nullptr) all.push_from(of_one_participant);
  }
  all.sort();
  part_list<std::string> rest;
  while (all.newest() != nullptr) {
    rest.push_from(all);
    rest.merge_siblings(c);
  }
  while (rest.newest()->older != nullptr) rest.merge_newest(c);
  return rest.newest()->value;
}

}  // namespace

TEST_CASE("the tree is the same however the chunks were shared out") {
  auto random = micropool_test::seeded_engine("parts");
  for (std::uint32_t n = 1; n <= 20; ++n) {
    const std::string whole = in_fixed_tree({0, n});
    for (int round = 0; round < 50; ++round) {
      std::vector<std::uint32_t> cuts{0, n};
      for (int k = 0; k < 4; ++k) cuts.push_back(static_cast<std::uint32_t>(random() % (n + 1)));
      std::sort(cuts.begin(), cuts.end());
      REQUIRE(in_fixed_tree(cuts) == whole);
    }
  }
}

TEST_CASE("siblings are put together first, and what is left from the right") {
  REQUIRE(in_fixed_tree({0, 4}) == "((ab)(cd))");
  REQUIRE(in_fixed_tree({0, 7}) == "(((ab)(cd))((ef)g))");
}

TEST_CASE("parts are sorted by their chunks, any number of them") {
  auto random = micropool_test::seeded_engine("parts");
  for (const std::uint32_t n : {0u, 1u, 2u, 3u, 100u, 5000u}) {
    std::vector<std::uint32_t> order(n);
    for (std::uint32_t i = 0; i < n; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    part_list<int> l;
    for (const auto i : order) l.push({i, i + 1}, static_cast<int>(i));
    l.sort();
    for (std::uint32_t i = 0; i < n; ++i) {
      REQUIRE(l.newest()->value == static_cast<int>(i));
      l.drop_newest();
    }
    REQUIRE(l.newest() == nullptr);
  }
}
