// SPDX-License-Identifier: MIT OR Apache-2.0
// Every element is destroyed exactly once, and moved from once at most, whichever of its operations
// throws: each chain is run with the first operation throwing, then the second, until none does.
#include "catch.hpp"
#include "fragile.hpp"

#include <micropool/iter.hpp>
#include <micropool/sync_wait.hpp>
#include <micropool/thread_pool.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using mt::fragile;
using elements = std::vector<fragile>;

constexpr int most = 24;

elements made(int n = most) {
  elements v;
  v.reserve(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) v.emplace_back(i * 7 % n);
  return v;
}
auto owned(mp::split s) { return mp::par_iter(made()).with(s); }

const auto is_even = [](const fragile& x) {
  fragile::work();
  return x.value() % 2 == 0;
};
const auto pass = [](fragile x) {
  fragile::work();
  return x;
};
const auto last_digit = [](const fragile& x) { return x.value() % 5; };
const auto by_last_digit = [](const fragile& a, const fragile& b) {
  fragile::work();
  return last_digit(a) < last_digit(b);
};

struct fragile_chain {
  const char* name;
  void (*run)(mp::split);
};

template <class T>
void drop(T&&) {}

const fragile_chain chains[] = {
    {"for_each", [](mp::split s) { owned(s).for_each([](fragile) { fragile::work(); }); }},
    {"collect", [](mp::split s) { drop(owned(s).collect<std::vector>()); }},
    {"collect, awaited",
     [](mp::split s) { drop(mp::sync_wait(owned(s).async().collect<std::vector>())); }},
    {"collect of a deque", [](mp::split s) { drop(owned(s).collect<std::deque>()); }},
    {"map, collect", [](mp::split s) { drop(owned(s).map(pass).collect<std::vector>()); }},
    {"filter, collect", [](mp::split s) { drop(owned(s).filter(is_even).collect<std::vector>()); }},
    {"filter_map, collect",
     [](mp::split s) {
       drop(owned(s)
                .filter_map([](fragile x) {
                  return is_even(x) ? std::optional(std::move(x)) : std::nullopt;
                })
                .collect<std::vector>());
     }},
    {"flat_map, collect",
     [](mp::split s) {
       drop(owned(s)
                .flat_map([](fragile x) { return elements(2, std::move(x)); })
                .collect<std::vector>());
     }},
    {"copies of an lvalue",
     [](mp::split s) {
       const elements v = made();
       drop(mp::par_iter(v).with(s).cloned().collect<std::vector>());
     }},
    {"collect_into",
     [](mp::split s) {
       elements to = made(3);
       owned(s).collect_into(to);
     }},
    {"collect_per_thread", [](mp::split s) { drop(owned(s).collect_per_thread<elements>()); }},
    {"partition", [](mp::split s) { drop(owned(s).partition(is_even)); }},
    {"partition_map",
     [](mp::split s) {
       drop(owned(s).partition_map([](fragile x) {
         return is_even(x) ? std::variant<fragile, int>(std::move(x))
                           : std::variant<fragile, int>(x.value());
       }));
     }},
    {"unzip of a zip", [](mp::split s) { drop(mp::zip_eq(made(), made()).with(s).unzip()); }},
    {"reduce",
     [](mp::split s) {
       drop(owned(s).reduce([] { return fragile(0); },
                            [](fragile a, fragile b) {
                              fragile::work();
                              return a.value() < b.value() ? std::move(b) : std::move(a);
                            }));
     }},
    {"fold",
     [](mp::split s) {
       const auto append = [](elements& v, fragile x) { v.push_back(std::move(x)); };
       const auto put_together = [](elements& a, elements b) {
         for (fragile& x : b) a.push_back(std::move(x));
       };
       drop(owned(s).fold([] { return elements(); }, append, put_together));
     }},
    {"min", [](mp::split s) { drop(owned(s).min()); }},
    {"max_by", [](mp::split s) { drop(owned(s).max_by(by_last_digit)); }},
    {"minmax", [](mp::split s) { drop(owned(s).minmax()); }},
    {"is_sorted", [](mp::split s) { drop(owned(s).is_sorted()); }},
    {"top_k", [](mp::split s) { drop(owned(s).top_k(4, by_last_digit)); }},
    {"find_first",
     [](mp::split s) {
       drop(owned(s).find_first([](const fragile& x) { return x.value() == 13; }));
     }},
    {"find_last", [](mp::split s) { drop(owned(s).find_last(is_even)); }},
    {"find_any",
     [](mp::split s) {
       drop(owned(s).find_any([](const fragile& x) { return x.value() == 13; }));
     }},
    {"try_collect",
     [](mp::split s) {
       drop(owned(s)
                .map([](fragile x) { return std::optional(std::move(x)); })
                .try_collect<std::vector>());
     }},
    {"scan, collect",
     [](mp::split s) {
       drop(owned(s)
                .scan([] { return fragile(0); },
                      [](const fragile& a, const fragile& b) {
                        fragile::work();
                        return fragile(a.value() + b.value());
                      })
                .collect<std::vector>());
     }},
    {"chain, rev, skip, collect",
     [](mp::split s) { drop(owned(s).chain(made(5)).rev().skip(3).collect<std::vector>()); }},
    {"interleave, intersperse, collect",
     [](mp::split s) {
       drop(owned(s).interleave(made(5)).intersperse(fragile(1)).collect<std::vector>());
     }},
    {"chunks",
     [](mp::split s) {
       owned(s).chunks(5).for_each([](auto chunk) {
         for (fragile x : chunk) drop(x);
       });
     }},
    {"take_while_any, collect",
     [](mp::split s) {
       drop(owned(s)
                .take_while_any([](const fragile& x) { return x.value() < 20; })
                .collect<std::vector>());
     }},
    {"an awaited body",
     [](mp::split s) {
       mp::sync_wait(owned(s).filter(is_even).for_each([](fragile) -> mp::task<> {
         fragile::work();
         co_return;
       }));
     }},
    {"par_sort",
     [](mp::split) {
       elements v = made();
       mp::par_sort(v, by_last_digit);
     }},
    {"par_stable_sort",
     [](mp::split) {
       elements v = made();
       mp::par_stable_sort(v);
     }},
    {"par_copy",
     [](mp::split) {
       const elements from = made();
       elements to = made();
       mp::par_copy(from, to);
     }},
};

// True if the chain went on to its end.
bool run_with_throw_at(std::size_t k, const fragile_chain& c, mp::split s) {
  fragile::begin(k);
  try {
    c.run(s);
  } catch (const mt::broken&) {
    return false;
  }
  return true;
}

}  // namespace

TEST_CASE("whichever operation throws, every element is destroyed exactly once") {
  for (const std::size_t workers : {std::size_t{0}, std::size_t{2}}) {
    mp::thread_pool pool({.num_threads = workers});
    pool.install([&] {
      for (const mp::split s : {mp::split_auto(), mp::split_per(7), mp::split_per_item()}) {
        for (const fragile_chain& c : chains) {
          INFO(c.name << ", " << workers << " workers, split of kind "
                      << static_cast<int>(s.which()));
          std::size_t k = 1;
          for (; !run_with_throw_at(k, c, s) || fragile::has_thrown(); ++k) {
            INFO("operation " << k << " throws");
            REQUIRE(fragile::alive() == 0);
            REQUIRE(fragile::wrong() == 0);
            REQUIRE(k < 5000);
          }
          REQUIRE(fragile::alive() == 0);
          REQUIRE(fragile::wrong() == 0);
          REQUIRE(k > 5);
        }
      }
    });
  }
}

TEST_CASE("elements of a container that is given away move out of it once, and are not copied") {
  mp::thread_pool pool({.num_threads = 2});
  const auto seen = [](const fragile& x) { return x.value(); };
  int sum = 0;
  for (const fragile& x : made()) sum += x.value();
  pool.install([&] {
    for (const mp::split s : {mp::split_auto(), mp::split_per(7), mp::split_per_item()}) {
      fragile::begin(0);
      REQUIRE(owned(s).map(seen).sum() == sum);
      REQUIRE(fragile::moves() == most);
      REQUIRE(fragile::copies() == 0);
      REQUIRE(fragile::alive() == 0);

      fragile::begin(0);
      // 13 is in front of some that stay where they are.
      REQUIRE(owned(s).find_first([](const fragile& x) { return x.value() == 13; }).has_value());
      REQUIRE(fragile::copies() == 0);
      REQUIRE(fragile::wrong() == 0);
      REQUIRE(fragile::alive() == 0);
    }
  });
}
