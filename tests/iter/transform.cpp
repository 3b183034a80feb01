// SPDX-License-Identifier: MIT OR Apache-2.0
// par_fill, par_copy and par_transform, compared with their namesakes.
#include "catch.hpp"
#include "on_pools.hpp"
#include "sorting.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using vector = std::vector<int>;

static_assert(std::is_same_v<decltype(mp::par_fill(std::declval<vector&>(), 1)), vector::iterator>);
static_assert(
    std::is_same_v<decltype(mp::par_copy(std::declval<const vector&>(), std::declval<int*>())),
                   std::ranges::copy_result<vector::const_iterator, int*>>);
static_assert(std::is_same_v<decltype(mp::par_copy(vector(), std::declval<vector&>())),
                             std::ranges::copy_result<std::ranges::dangling, vector::iterator>>);
static_assert(std::is_same_v<decltype(mp::par_transform(std::declval<vector&>(),
                                                        std::declval<long*>(), std::negate<>())),
                             std::ranges::unary_transform_result<vector::iterator, long*>>);

// Threads cannot write neighbouring bits of a word at the same time.
template <class R, class V>
concept fillable = requires(R&& r, V v) { mp::par_fill(r, v); };
static_assert(fillable<std::vector<char>&, bool> && !fillable<std::vector<bool>&, bool> &&
              !fillable<const std::vector<int>&, int> && !fillable<std::vector<int>&, std::string>);

std::vector<int> counted(std::size_t n) {
  std::vector<int> v(n);
  std::iota(v.begin(), v.end(), 0);
  return v;
}

constexpr std::array<std::size_t, 8> sizes{0, 1, 2, 63, 64, 1000, 4097, 200'003};

}  // namespace

TEST_CASE("par_fill assigns to each element, and to nothing else") {
  mt::on_pools([] {
    for (const std::size_t n : sizes) {
      std::vector<int> v(n + 2, 1);
      const auto inner = std::span(v).subspan(1, n);
      REQUIRE(mp::par_fill(inner, 7) == inner.end());
      std::vector<int> expected(n + 2, 7);
      expected.front() = expected.back() = 1;
      REQUIRE(v == expected);
      std::deque<std::string> words(n);
      REQUIRE(mp::par_fill(words, "word") == words.end());
      REQUIRE(std::ranges::count(words, "word") == static_cast<std::ptrdiff_t>(n));
    }
  });
}

TEST_CASE("par_copy copies as many elements as the shorter range has, and returns both ends") {
  mt::on_pools([] {
    for (const std::size_t n : sizes) {
      const std::vector<int> v = counted(n);
      std::vector<int> same(n), longer(n + 5, -1), shorter(n / 2);
      const auto a = mp::par_copy(v, same);
      REQUIRE((a.in == v.end() && a.out == same.end() && same == v));
      const auto b = mp::par_copy(v, longer);
      REQUIRE((b.in == v.end() && b.out == longer.end() - 5));
      REQUIRE(
          (std::equal(v.begin(), v.end(), longer.begin()) && std::ranges::count(longer, -1) == 5));
      const auto c = mp::par_copy(v, shorter);
      REQUIRE((c.in == v.begin() + static_cast<std::ptrdiff_t>(n / 2) && c.out == shorter.end()));
      REQUIRE(std::equal(shorter.begin(), shorter.end(), v.begin()));
      std::deque<long> other(n);
      mp::par_copy(std::views::iota(std::size_t{0}, n), other.begin());
      REQUIRE(std::ranges::equal(other, v));
    }
  });
}

TEST_CASE("par_copy copies to the front of the same memory as std::ranges::copy does") {
  mt::on_pools([] {
    for (const std::size_t by : {std::size_t{1}, std::size_t{64}, std::size_t{99'999}}) {
      std::vector<std::string> v;
      for (const int i : counted(100'000)) v.push_back(std::to_string(i));
      std::vector<std::string> expected = v;
      const auto cut = static_cast<std::ptrdiff_t>(by);
      std::ranges::copy(expected.begin() + cut, expected.end(), expected.begin());
      mp::par_copy(std::span(v).subspan(by), v.begin());
      REQUIRE(v == expected);
    }
  });
}

TEST_CASE("par_transform calls its function once for each element, in place as well") {
  mt::on_pools([] {
    for (const std::size_t n : sizes) {
      const std::vector<int> v = counted(n);
      std::vector<std::string> texts(n);
      std::atomic<std::size_t> calls{0};
      const auto text = [&calls](int i) {
        calls.fetch_add(1, std::memory_order_relaxed);
        return std::to_string(i);
      };
      const auto end = mp::par_transform(v, texts, text);
      REQUIRE((end.in == v.end() && end.out == texts.end() && calls == n));
      bool right = true;
      for (const int i : v)
        right = right && texts[static_cast<std::size_t>(i)] == std::to_string(i);
      REQUIRE(right);
      mp::par_transform(texts, texts, [](const std::string& s) { return s + s; });
      for (const int i : v) {
        right =
            right && texts[static_cast<std::size_t>(i)] == std::to_string(i) + std::to_string(i);
      }
      REQUIRE(right);
    }
  });
}

TEST_CASE("par_transform takes two ranges, projections and members; the shortest range counts") {
  mt::on_pools([] {
    struct item {
      int price;
      int count;
    };
    std::vector<item> items;
    for (const int i : counted(5000)) items.push_back({i, 2 * i});
    const std::vector<int> factors(4000, 10);
    std::vector<long> out(4500, -1);
    const auto end = mp::par_transform(items, factors, out, std::multiplies<>(), &item::price);
    REQUIRE((end.in1 == items.begin() + 4000 && end.in2 == factors.end()));
    REQUIRE(end.out == out.begin() + 4000);
    REQUIRE((out[0] == 0 && out[3999] == 39'990 && out[4000] == -1));
    std::vector<long> few(3);
    mp::par_transform(items, items, few, std::minus<>(), &item::count, &item::price);
    REQUIRE(few == std::vector<long>{0, 1, 2});
    mp::par_transform(std::span(items).first(4500), out.begin(), std::negate<>(), &item::count);
    REQUIRE(out[4499] == -8998);
  });
}

TEST_CASE("par_transform moves what its function returns") {
  mt::on_pools([] {
    std::vector<std::unique_ptr<int>> out(2000);
    mp::par_transform(counted(2000), out, [](int i) { return std::make_unique<int>(i); });
    bool right = true;
    for (std::size_t i = 0; i < out.size(); ++i) right = right && *out[i] == static_cast<int>(i);
    REQUIRE(right);
  });
}

TEST_CASE("the lowest element at which par_transform throws is reported, and nothing is lost") {
  mp::thread_pool pool({.num_threads = 3});
  const std::vector<int> v = counted(20'000);
  for (int run = 0; run < 100; ++run) {
    mt::census living;
    {
      std::vector<mt::tracked> out(v.size(), mt::tracked(living));
      const int thrown = mt::thrown_by([&] {
        pool.install([&] {
          mp::par_transform(v, out, [&](int x) {
            if (x % 5000 == 4999) throw mt::numbered_error(x);
            return mt::tracked(living);
          });
        });
      });
      REQUIRE(thrown == 4999);
      REQUIRE(living.alive() == 20'000);
    }
    REQUIRE(living.alive() == 0);
  }
}

TEST_CASE("algorithms on ranges block inside tasks") {
  mp::thread_pool pool({.num_threads = 1});
  std::vector<int> v(10'000), w(10'000);
  const auto all = [&]() -> mp::task<int> {
    mp::par_fill(v, 1);
    mp::par_copy(v, w);
    mp::par_transform(v, w, v, std::plus<>());
    mp::par_inclusive_scan(v, w);
    co_return w.back();
  };
  REQUIRE(pool.install([&] { return mp::sync_wait(all); }) == 20'000);
}
