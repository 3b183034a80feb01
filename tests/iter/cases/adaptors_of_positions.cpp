// SPDX-License-Identifier: MIT OR Apache-2.0
// enumerate, rev, skip, take, skip_exact, take_exact, step_by, cycle, with every consumer family.
#include "every_family.hpp"
#include "families.hpp"

namespace mp = micropool;

namespace micropool_test {

void add_adaptors_of_positions(case_list& list) {
  add_every_indexed_family(
      list, "enumerate",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).enumerate().map(weighted)); },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < n; ++i) all.push_back(weighted(i, ints(n)[i]));
        return all;
      });
  add_every_indexed_family(
      list, "rev", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).rev()); },
      [](std::size_t n) { return reversed(ints(n)); });
  add_every_indexed_family(
      list, "skip(5)", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).skip(5)); },
      [](std::size_t n) { return every(ints(n), 5, n); });
  add_every_indexed_family(
      list, "take(50)", [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).take(50)); },
      [](std::size_t n) { return every(ints(n), 0, 50); });
  add_every_indexed_family(
      list, "skip_exact(n / 2)",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).skip_exact(n / 2)); },
      [](std::size_t n) { return every(ints(n), n / 2, n); });
  add_every_indexed_family(
      list, "take_exact(n / 2)",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n)).take_exact(n / 2)); },
      [](std::size_t n) { return every(ints(n), 0, n / 2); });
  add_every_indexed_family(
      list, "step_by(3)",
      [](auto run, std::size_t n) { return run(mp::par_iter(ints(n))).step_by(3); },
      [](std::size_t n) { return every(ints(n), 0, n, 3); });
  add_every_indexed_family(
      list, "cycle",
      [](auto run, std::size_t n) {
        return run(mp::par_iter(ints(n)).cycle()).take(2 * n + n / 3);
      },
      [](std::size_t n) { return both(both(ints(n), ints(n)), every(ints(n), 0, n / 3)); });
}

}  // namespace micropool_test
