// SPDX-License-Identifier: MIT OR Apache-2.0
// Items, accumulators, identities, states and elements of any alignment.
#include "catch.hpp"
#include "misplaced.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace mp = micropool;
using micropool_test::misplaced;
using micropool_test::placed;

namespace {

constexpr int many = 200;

template <class W>
auto objects() {
  return mp::par_range(many).with(mp::split_per(10)).map([](int i) { return W(i); });
}

template <class W>
mp::task<> adds(W w, std::atomic<int>& sum) {
  co_await mp::yield();
  sum += w.get();
}

template <class W>
mp::task<std::optional<W>> if_below(W w, int limit) {
  co_await mp::yield();
  if (w.get() >= limit) co_return std::nullopt;
  co_return w;
}

constexpr int sum_of_all = many * (many - 1) / 2;

}  // namespace

// An alignment that every block of memory has, and one that has blocks of its own.
TEMPLATE_TEST_CASE("accumulators and identities of any alignment are where they belong", "",
                   placed<32>, placed<4096>) {
  using W = TestType;
  mp::thread_pool pool({.num_threads = 2});
  misplaced = 0;
  pool.install([&] {
    const auto add = [](W a, int i) { return W(a.get() + i); };
    for (int round = 0; round < 20; ++round) {
      for (const auto& split : {mp::split_per(10), mp::split_per_item(), mp::split_auto()}) {
        auto loop = [&] { return mp::par_range(many).with(split); };
        CHECK(loop().fold(W(), add, std::plus<>()).get() == sum_of_all);
        CHECK(loop().fold([] { return W(); }, add, std::plus<>()).get() == sum_of_all);
        CHECK(loop().fold_per_thread(W(), add, std::plus<>()).get() == sum_of_all);
      }
      CHECK(objects<W>().reduce(W(), std::plus<>()).get() == sum_of_all);
      CHECK(objects<W>().template sum<W>().get() == sum_of_all);
      CHECK(objects<W>().max().value().get() == many - 1);
      CHECK(objects<W>().minmax().value().min.get() == 0);
      CHECK(objects<W>().top_k(5, std::less<>()).size() == 5);
    }
  });
  CHECK(misplaced == 0);
}

TEST_CASE("what else a loop keeps of a strict alignment is where it belongs") {
  using W = placed<4096>;
  mp::thread_pool pool({.num_threads = 2});
  misplaced = 0;
  pool.install([&] {
    SECTION("items") {
      for (int round = 0; round < 20; ++round) {
        const auto is_even = [](const W& w) { return w.get() % 2 == 0; };
        CHECK(objects<W>().template collect<std::vector<W>>().size() == many);
        CHECK(objects<W>().filter(is_even).template collect<std::vector<W>>().size() == many / 2);
        CHECK(objects<W>().find_first([](const W& w) { return w.get() > 50; })->get() == 51);
        CHECK(objects<W>().find_last(is_even)->get() == many - 2);
        CHECK(objects<W>().partition(is_even).first.size() == many / 2);
        CHECK(objects<W>().scan(W(), std::plus<>()).template collect<std::vector<W>>().back().get() ==
              sum_of_all);
        CHECK(objects<W>().intersperse(W(1)).count() == 2 * many - 1);
        CHECK(objects<W>().is_sorted());
      }
    }
    SECTION("states and captures") {
      const W captured(1);
      for (int round = 0; round < 20; ++round) {
        const auto plus_one = mp::par_range(many)
                                  .with(mp::split_per(10))
                                  .map_init([] { return W(1); },
                                            [](W& w, int i) { return i + w.get(); })
                                  .map([captured](int i) { return i - captured.get(); })
                                  .template collect<std::vector<int>>();
        CHECK(plus_one.back() == many - 1);
      }
    }
    SECTION("items and results of awaited bodies") {
      for (int round = 0; round < 20; ++round) {
        std::atomic<int> sum{0};
        mp::sync_wait(objects<W>().for_each([&sum](W w) { return adds<W>(w, sum); }));
        CHECK(sum == sum_of_all);
        sum = 0;
        mp::sync_wait(objects<W>().filter([](const W&) { return true; }).for_each([&sum](W w) {
          return adds<W>(w, sum);
        }));
        CHECK(sum == sum_of_all);
        const auto stopped = mp::sync_wait(
            objects<W>().try_for_each([](W w) { return if_below<W>(w, 100); }));
        CHECK(!stopped.has_value());
      }
    }
    SECTION("awaited loops") {
      const auto add = [](W a, int i) { return W(a.get() + i); };
      for (int round = 0; round < 20; ++round) {
        const W all = mp::sync_wait(mp::par_range(many).async().fold(W(), add, std::plus<>()));
        CHECK(all.get() == sum_of_all);
        CHECK(mp::sync_wait(objects<W>().async().reduce(W(), std::plus<>())).get() == sum_of_all);
      }
    }
    SECTION("elements of sorts") {
      std::vector<W> v;
      for (int i = 0; i < 3'000; ++i) v.emplace_back(i * 7919 % 3'001);
      auto stable = v;
      auto by_key = v;
      mp::par_sort(v);
      mp::par_stable_sort(stable);
      mp::par_sort(by_key, {}, [](const W& w) { return w; });
      CHECK(std::is_sorted(v.begin(), v.end()));
      CHECK(std::is_sorted(stable.begin(), stable.end()));
      CHECK(std::is_sorted(by_key.begin(), by_key.end()));
    }
    SECTION("elements of scans and transforms") {
      std::vector<W> v(3'000, W(1));
      std::vector<W> to(v.size());
      mp::par_inclusive_scan(v, to.begin(), std::plus<>(), W());
      CHECK(to.back().get() == 3'000);
      mp::par_exclusive_scan(v, to.begin(), W(5), std::plus<>());
      CHECK(to.back().get() == 3'004);
    }
  });
  CHECK(misplaced == 0);
}
