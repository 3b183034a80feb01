// SPDX-License-Identifier: MIT OR Apache-2.0
// The consumers behind erased chains.
#include "every_family.hpp"

#include <type_traits>

namespace mp = micropool;

namespace micropool_test {
namespace {

template <class Any, class Consume, class Serial>
consumer_of<Any> consumer(const char* name, Consume, Serial) {
  return {name,
          [](Any&& chain, const mp::split& s, const numbers& items) {
            return outcome_of(Consume()(mp::parallel_iterator(std::move(chain)).with(s), items));
          },
          [](Any&& chain, const mp::split& s, const numbers& items) {
            return outcome_of(mp::sync_wait(
                Consume()(mp::parallel_iterator(std::move(chain)).with(s).async(), items)));
          },
          [](const numbers& items) { return outcome_of(Serial()(items)); }};
}

template <class Any>
std::vector<consumer_of<Any>> consumers() {
  std::vector<consumer_of<Any>> all{
      consumer<Any>(
          "fold",
          [](auto it, auto&) { return std::move(it).fold(no_items, append_item, append_sequence); },
          [](const numbers& items) { return sequence_of(items); }),
      consumer<Any>(
          "find_first", [](auto it, auto&) { return std::move(it).find_first(is_rather_small); },
          [](const numbers& items) { return first_in(items, is_rather_small); }),
      consumer<Any>(
          "max_by", [](auto it, auto&) { return std::move(it).max_by(by_last_digit); },
          [](const numbers& items) { return last_greatest_in(items, by_last_digit); }),
      consumer<Any>(
          "is_sorted", [](auto it, auto&) { return std::move(it).is_sorted(); },
          [](const numbers& items) { return is_ascending(items); }),
      consumer<Any>(
          "partition", [](auto it, auto&) { return std::move(it).partition(is_even); },
          [](const numbers& items) { return parted(items, is_even); }),
      consumer<Any>(
          "to_histogram", [](auto it, auto&) { return std::move(it).to_histogram(10, bin_of); },
          [](const numbers& items) { return counts_of(items, 10, bin_of); }),
      consumer<Any>(
          "try_for_each",
          [](auto it, auto&) { return std::move(it).try_for_each(is_not_rather_small); },
          [](const numbers& items) { return !first_in(items, is_rather_small); }),
  };
  if constexpr (std::is_same_v<Any, any_indexed>) {
    all.push_back(consumer<Any>(
        "position_last",
        [](auto it, auto&) { return std::move(it).position_last(is_rather_small); },
        [](const numbers& items) { return last_position_in(items, is_rather_small); }));
    all.push_back(consumer<Any>(
        "cmp",
        [](auto it, const numbers& items) { return std::move(it).cmp(with_another_end(items)); },
        [](const numbers& items) { return compared_in_order(items, with_another_end(items)); }));
  }
  return all;
}

}  // namespace

const std::vector<consumer_of<any_pushing>>& consumers_of_items_in_a_row() {
  static const auto all = consumers<any_pushing>();
  return all;
}
const std::vector<consumer_of<any_indexed>>& consumers_of_indexed_items() {
  static const auto all = consumers<any_indexed>();
  return all;
}

}  // namespace micropool_test
