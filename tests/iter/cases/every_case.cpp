// SPDX-License-Identifier: MIT OR Apache-2.0
// The list of cases, run: every one over every split x {0, 1, 2, 7 workers} x {blocking, awaited,
// from a worker}, for every size of the input, and compared with a serial program.
#include "catch.hpp"
#include "families.hpp"
#include "runner.hpp"

#include <cstddef>
#include <set>
#include <string>

namespace mt = micropool_test;

namespace {

using add_family = void (*)(mt::case_list&);

void require_serial_results(add_family add) {
  mt::case_list list;
  add(list);
  REQUIRE(!list.cases().empty());
  const auto differences = mt::differences(list);
  for (std::size_t i = 0; i < differences.size() && i < 20; ++i) UNSCOPED_INFO(differences[i]);
  REQUIRE(differences.size() == 0);
}

}  // namespace

TEST_CASE("the list has at least 400 cases, each with a name of its own") {
  mt::case_list list;
  for (const add_family add :
       {mt::add_sources, mt::add_sources_of_pieces, mt::add_adaptors_of_items,
        mt::add_adaptors_of_positions, mt::add_adaptors_of_sequences, mt::add_consumers_of_items,
        mt::add_consumers_of_order, mt::add_consumers_of_places, mt::add_consumers_of_values,
        mt::add_settings_and_errors, mt::add_algorithms}) {
    add(list);
  }
  std::set<std::string> names;
  for (const mt::iter_case& c : list.cases()) names.insert(c.name);
  REQUIRE(names.size() == list.cases().size());
  REQUIRE(list.cases().size() >= 400);
}

TEST_CASE("sources yield what a serial program does") { require_serial_results(mt::add_sources); }
TEST_CASE("sources of pieces and zips yield what a serial program does") {
  require_serial_results(mt::add_sources_of_pieces);
}
TEST_CASE("adaptors of single items yield what a serial program does") {
  require_serial_results(mt::add_adaptors_of_items);
}
TEST_CASE("adaptors of positions yield what a serial program does") {
  require_serial_results(mt::add_adaptors_of_positions);
}
TEST_CASE("adaptors of sequences yield what a serial program does") {
  require_serial_results(mt::add_adaptors_of_sequences);
}
TEST_CASE("consumers of items give what a serial program does") {
  require_serial_results(mt::add_consumers_of_items);
}
TEST_CASE("consumers that compare give what a serial program does") {
  require_serial_results(mt::add_consumers_of_order);
}
TEST_CASE("consumers that search or try give what a serial program does") {
  require_serial_results(mt::add_consumers_of_places);
}
TEST_CASE("consumers that fold give what a serial program does") {
  require_serial_results(mt::add_consumers_of_values);
}
TEST_CASE(
    "chains with settings, in each other, and with items that throw give what a serial program "
    "does") {
  require_serial_results(mt::add_settings_and_errors);
}
TEST_CASE("algorithms on ranges give what a serial program does") {
  require_serial_results(mt::add_algorithms);
}
