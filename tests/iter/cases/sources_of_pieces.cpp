// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunks, par_chunks_exact, par_windows, par_array_windows, par_chunk_by, and the zips.
#include "callables.hpp"
#include "families.hpp"
#include "input.hpp"
#include "serial.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace micropool_test {
namespace {

numbers pieces(std::size_t n, std::size_t step, std::size_t length, bool also_shorter) {
  numbers all;
  for (std::size_t i = 0; i < n && (also_shorter || i + length <= n); i += step) {
    all.push_back(digest(every(ints(n), i, i + length)));
  }
  return all;
}
constexpr auto same_sign = [](int a, int b) { return (a < 0) == (b < 0); };
numbers groups(const numbers& v) {
  numbers all;
  numbers group;
  for (std::size_t i = 0; i < v.size(); ++i) {
    group.push_back(v[i]);
    if (i + 1 == v.size() || !same_sign(v[i], v[i + 1])) {
      all.push_back(digest(group));
      group.clear();
    }
  }
  return all;
}
constexpr auto negate_all = [](std::span<int> piece) {
  for (int& x : piece) x = -x;
};
constexpr auto product_of = [](int a, int b) { return a * b; };
constexpr auto sum_of_three = [](int a, std::size_t b, const std::string& c) {
  return static_cast<std::size_t>(1000 + a) + b + c.size();
};
constexpr auto present = [](const auto& a, const auto& b) {
  return (a ? *a : 5000) - (b ? *b : 7000);
};
constexpr auto store_sum = [](int& to, int a, int b) { to = a + b; };
std::span<const int> front_of(const numbers& v, std::size_t n) {
  return std::span(v).first(std::min(n, v.size()));
}

void add_pieces(case_list& list) {
  list.add(
      "par_chunks",
      [](auto run, std::size_t n) {
        return run(mp::par_chunks(ints(n), 4).map(digest)).template collect<std::vector>();
      },
      [](std::size_t n) { return pieces(n, 4, 4, true); });
  list.add(
      "par_chunks that are written",
      [](auto run, std::size_t n) {
        numbers v = ints(n);
        run.end([&] { return run(mp::par_chunks(v, 3)).for_each(negate_all); });
        return v;
      },
      [](std::size_t n) { return each(ints(n), negated); });
  list.add(
      "par_chunks_exact",
      [](auto run, std::size_t n) {
        return run(mp::par_chunks_exact(ints(n), 4).map(digest)).template collect<std::vector>();
      },
      [](std::size_t n) { return pieces(n, 4, 4, false); });
  list.add(
      "par_chunks of a deque",
      [](auto run, std::size_t n) {
        const std::deque<int> d(ints(n).begin(), ints(n).end());
        return run.end(
            [&] { return run(mp::par_chunks(d, 5).map(digest)).template collect<std::vector>(); });
      },
      [](std::size_t n) { return pieces(n, 5, 5, true); });
  list.add(
      "par_windows",
      [](auto run, std::size_t n) {
        return run(mp::par_windows(ints(n), 3).map(digest)).template collect<std::vector>();
      },
      [](std::size_t n) { return pieces(n, 1, 3, false); });
  list.add(
      "par_windows of a view",
      [](auto run, std::size_t n) {
        return run(mp::par_windows(ints(n) | std::views::transform(same), 2).map(digest))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return pieces(n, 1, 2, false); });
  list.add(
      "par_array_windows",
      [](auto run, std::size_t n) {
        return run(mp::par_array_windows<4>(ints(n)).map(digest)).template collect<std::vector>();
      },
      [](std::size_t n) { return pieces(n, 1, 4, false); });
  list.add(
      "par_chunk_by",
      [](auto run, std::size_t n) {
        return run(mp::par_chunk_by(ints(n), same_sign).map(digest))
            .template collect<std::vector>();
      },
      [](std::size_t n) { return groups(ints(n)); });
  list.add(
      "par_chunk_by of two long groups",
      [](auto run, std::size_t n) {
        return run(mp::par_chunk_by(ascending(n), same_sign))
            .map(digest)
            .template collect<std::vector>();
      },
      [](std::size_t n) { return groups(ascending(n)); });
}

void add_zips(case_list& list) {
  list.add(
      "zip_eq",
      [](auto run, std::size_t n) {
        return run(mp::zip_eq(ints(n), ascending(n)).map(product_of)).template sum<long>();
      },
      [](std::size_t n) {
        long sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += ints(n)[i] * ascending(n)[i];
        return sum;
      });
  list.add(
      "zip_eq of three kinds of sources",
      [](auto run, std::size_t n) {
        return run(mp::zip_eq(ints(n), mp::par_range(n), words(n)))
            .map(sum_of_three)
            .template collect<std::vector>();
      },
      [](std::size_t n) {
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < n; ++i) all.push_back(sum_of_three(ints(n)[i], i, words(n)[i]));
        return all;
      });
  list.add(
      "zip_eq that writes to one of its parts",
      [](auto run, std::size_t n) {
        numbers to(n);
        run.end([&] { return run(mp::zip_eq(to, ints(n), ascending(n))).for_each(store_sum); });
        return to;
      },
      [](std::size_t n) {
        numbers to(n);
        for (std::size_t i = 0; i < n; ++i) to[i] = ints(n)[i] + ascending(n)[i];
        return to;
      });
  list.add(
      "zip_min",
      [](auto run, std::size_t n) {
        return run(mp::zip_min(ints(n), front_of(ascending(n), n / 2 + 1)).map(difference))
            .template collect<std::vector>();
      },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < std::min(n, n / 2 + 1); ++i)
          all.push_back(ints(n)[i] - ascending(n)[i]);
        return all;
      });
  list.add(
      "zip_max",
      [](auto run, std::size_t n) {
        return run(mp::zip_max(ints(n), front_of(ascending(n), n / 2)).map(present))
            .template collect<std::vector>();
      },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < n; ++i) {
          all.push_back(ints(n)[i] - (i < n / 2 ? ascending(n)[i] : 7000));
        }
        return all;
      });
  list.add(
      "unzip of a zip",
      [](auto run, std::size_t n) { return run(mp::zip_eq(ints(n), words(n))).unzip(); },
      [](std::size_t n) { return std::tuple(ints(n), words(n)); });
  list.add(
      "a zip of what can only be moved",
      [](auto run, std::size_t n) {
        return run(mp::zip_eq(pointers(n), mp::par_range(n)))
            .map([](std::unique_ptr<int> p, std::size_t i) { return weighted(i, *p); })
            .fold(no_items, append_item, append_sequence);
      },
      [](std::size_t n) {
        numbers all;
        for (std::size_t i = 0; i < n; ++i) all.push_back(weighted(i, ints(n)[i]));
        return sequence_of(all);
      });
  list.add(
      "a zip of a zip and a chain",
      [](auto run, std::size_t n) {
        return run(mp::zip_eq(mp::zip_eq(ints(n), ascending(n)),
                              mp::par_iter(ints(n)).rev().map(twice)))
            .template collect<std::vector>();
      },
      [](std::size_t n) {
        std::vector<std::tuple<std::tuple<int, int>, int>> all;
        for (std::size_t i = 0; i < n; ++i) {
          all.push_back({{ints(n)[i], ascending(n)[i]}, 2 * ints(n)[n - 1 - i]});
        }
        return all;
      });
}

}  // namespace

void add_sources_of_pieces(case_list& list) {
  add_pieces(list);
  add_zips(list);
}

}  // namespace micropool_test
