// SPDX-License-Identifier: MIT OR Apache-2.0
// map, map_init, inspect, update, cloned, copied, filter, filter_map, flat_map, with every consumer
// family.
#include "every_family.hpp"
#include "families.hpp"

namespace mp = micropool;

namespace micropool_test {

void add_adaptors_of_items(case_list& list) {
  add_every_indexed_family(
      list, "map", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).map(twice)); },
      [](std::size_t n) { return each(ints(n), twice); });
  add_every_family(
      list, "map_init",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).map_init(make_count, count_and_double));
      },
      [](std::size_t n) { return each(ints(n), twice); });
  add_every_indexed_family(
      list, "inspect",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).inspect(look_at)); },
      [](std::size_t n) { return ints(n); });
  add_every_indexed_family(
      list, "update",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).map(twice)).update(add_one); },
      [](std::size_t n) { return each(ints(n), [](int x) { return 2 * x + 1; }); });
  add_every_indexed_family(
      list, "cloned", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).cloned()); },
      [](std::size_t n) { return ints(n); });
  add_every_indexed_family(
      list, "copied", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).copied()); },
      [](std::size_t n) { return ints(n); });
  add_every_family(
      list, "filter",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).filter(is_even)); },
      [](std::size_t n) { return only(ints(n), is_even); });
  add_every_family(
      list, "filter_map",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).filter_map(half_if_even)); },
      [](std::size_t n) { return each(only(ints(n), is_even), [](int x) { return x / 2; }); });
  add_every_family(
      list, "flat_map",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).flat_map(repeated)); },
      [](std::size_t n) {
        numbers all;
        for (const int x : ints(n)) all.insert(all.end(), static_cast<std::size_t>(x & 3), x);
        return all;
      });
}

}  // namespace micropool_test
