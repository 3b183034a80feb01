// SPDX-License-Identifier: MIT OR Apache-2.0
// par_inclusive_scan, par_exclusive_scan and the adaptor scan.
#include "catch.hpp"
#include "on_pools.hpp"
#include "seed.hpp"
#include "sorting.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <deque>
#include <functional>
#include <numeric>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using vector = std::vector<std::uint64_t>;
static_assert(std::is_same_v<decltype(mp::par_inclusive_scan(std::declval<const vector&>(),
                                                             std::declval<vector&>())),
                             std::ranges::in_out_result<vector::const_iterator, vector::iterator>>);
static_assert(
    std::is_same_v<decltype(mp::par_exclusive_scan(vector(), std::declval<int*>(), 0)),
                   std::ranges::in_out_result<std::ranges::dangling, int*>>);

template <class R, class O>
concept scannable = requires(R&& r, O&& o) { mp::par_inclusive_scan(r, o); };
static_assert(scannable<std::vector<bool>&, std::vector<int>&> &&
              !scannable<std::vector<int>&, std::vector<bool>&> &&
              !scannable<std::vector<int>&, const std::vector<int>&> &&
              !scannable<std::vector<std::string>&, std::vector<int>&>);

// x -> a * x + b. Putting one behind the other is associative, and depends on the order.
struct affine {
  std::uint64_t a = 1;
  std::uint64_t b = 0;
  bool operator==(const affine&) const = default;
};
affine then(affine f, affine g) { return {f.a * g.a, f.b * g.a + g.b}; }

std::vector<affine> random_affines(std::size_t n, std::string_view purpose) {
  auto random = mt::seeded_engine(purpose);
  std::vector<affine> v(n);
  for (auto& f : v) f = {random() | 1, random()};
  return v;
}
std::vector<affine> scan_of(const std::vector<affine>& v, affine init = {}) {
  std::vector<affine> result;
  for (const affine& f : v) result.push_back(init = then(init, f));
  return result;
}
std::vector<affine> exclusive_scan_of(const std::vector<affine>& v, affine init = {}) {
  std::vector<affine> result;
  for (const affine& f : v) {
    result.push_back(init);
    init = then(init, f);
  }
  return result;
}

std::vector<std::uint64_t> bits_of(const std::vector<double>& v) {
  std::vector<std::uint64_t> bits;
  for (const double x : v) bits.push_back(std::bit_cast<std::uint64_t>(x));
  return bits;
}
std::vector<double> random_doubles(std::size_t n) {
  auto random = mt::seeded_engine("scan doubles");
  std::vector<double> v(n);
  for (auto& x : v) x = std::uniform_real_distribution<double>(-1, 1)(random);
  return v;
}

// Counted while it lives; adding two is a step of a fuse.
struct summand {
  mt::tracked life;
  mt::fuse* fuse;
  int value;
};
summand add(const summand& a, const summand& b) {
  a.fuse->step();
  return {a.life, a.fuse, a.value + b.value};
}

const std::vector<std::size_t>& sizes() {
  static const std::vector<std::size_t> some = [] {
    std::vector<std::size_t> v(131);
    std::iota(v.begin(), v.end(), std::size_t{0});
    v.insert(v.end(), {1000, 8192, 8193, 300'001});
    return v;
  }();
  return some;
}

}  // namespace

TEST_CASE(
    "scans of ranges keep the order of elements, in all sizes, with and without a first value") {
  for (const std::size_t workers : mt::worker_counts()) {
    mp::thread_pool pool({.num_threads = workers});
    pool.install([] {
      for (const std::size_t n : sizes()) {
        const std::vector<affine> v = random_affines(n, "affine scans");
        const affine init{3, 4};
        std::vector<affine> out(n);
        bool right = true;
        mp::par_inclusive_scan(v, out, then);
        right = right && out == scan_of(v);
        mp::par_inclusive_scan(v, out, then, init);
        right = right && out == scan_of(v, init);
        mp::par_exclusive_scan(v, out, init, then);
        right = right && out == exclusive_scan_of(v, init);
        // In place.
        out = v;
        mp::par_inclusive_scan(out, out, then);
        right = right && out == scan_of(v);
        out = v;
        mp::par_exclusive_scan(out, out, init, then);
        right = right && out == exclusive_scan_of(v, init);
        REQUIRE(right);
      }
    });
  }
}

TEST_CASE("a scan in many stretches continues where the stretch before has ended") {
  mp::thread_pool pool({.num_threads = 1});
  pool.install([] {
    const std::size_t n = 3'000'000;
    std::vector<std::uint64_t> v(n, 1);
    mp::par_inclusive_scan(v, v);
    bool right = true;
    for (std::size_t i = 0; i < n; ++i) right = right && v[i] == i + 1;
    REQUIRE(right);
  });
}

TEST_CASE("scans of ranges write to the end of the shorter one and return both ends") {
  const std::vector<int> v(1000, 1);
  std::vector<int> shorter(10), longer(2000);
  const auto a = mp::par_inclusive_scan(v, shorter);
  REQUIRE((a.in == v.begin() + 10 && a.out == shorter.end() && shorter.back() == 10));
  const auto b = mp::par_exclusive_scan(v, longer, 5);
  REQUIRE((b.in == v.end() && b.out == longer.begin() + 1000));
  REQUIRE((longer[0] == 5 && longer[999] == 1004 && longer[1000] == 0));
  std::deque<long> iterated(1000);
  const auto c = mp::par_inclusive_scan(std::views::iota(0, 1000), iterated.begin());
  REQUIRE(c.out == iterated.end());
  REQUIRE(iterated.back() == 499'500);
}

TEST_CASE("the sums of a scan have the type of the first value") {
  const std::vector<std::uint8_t> v(1000, 200);
  std::vector<long> out(1000);
  mp::par_inclusive_scan(v, out, std::plus<>(), 0L);
  REQUIRE(out.back() == 200'000);
  mp::par_exclusive_scan(v, out, 1L);
  REQUIRE(out.back() == 199'801);
  std::vector<std::string> words(300, "ab"), texts(300);
  mp::par_inclusive_scan(words, texts);
  REQUIRE(texts.back().size() == 600);
  mp::par_exclusive_scan(words, texts, std::string(">"));
  REQUIRE((texts[0] == ">" && texts[2] == ">abab"));
}

TEST_CASE("scans of doubles have the same bits on any number of threads") {
  const std::vector<double> v = random_doubles(700'001);
  std::vector<std::uint64_t> inclusive, exclusive, adapted;
  for (const std::size_t workers : mt::worker_counts()) {
    mp::thread_pool pool({.num_threads = workers});
    for (int run = 0; run < 5; ++run) {
      std::vector<double> a(v.size()), b(v.size()), c;
      pool.install([&] {
        mp::par_inclusive_scan(v, a);
        mp::par_exclusive_scan(v, b, 0.5);
        c = mp::par_iter(v).scan(0.0, std::plus<>()).collect<std::vector<double>>();
      });
      if (inclusive.empty()) {
        inclusive = bits_of(a);
        exclusive = bits_of(b);
        adapted = bits_of(c);
      }
      REQUIRE(inclusive == bits_of(a));
      REQUIRE(exclusive == bits_of(b));
      REQUIRE(adapted == bits_of(c));
    }
  }
}

TEST_CASE("an operation of a scan of a range that throws, whichever it is, is reported") {
  mp::thread_pool pool({.num_threads = 3});
  for (long k = 1;; ++k) {
    mt::census living;
    mt::fuse fuse(k);
    int thrown = 0;
    {
      std::vector<summand> v(300, {mt::tracked(living), &fuse, 1});
      thrown = mt::thrown_by([&] { pool.install([&] { mp::par_inclusive_scan(v, v, add); }); });
      REQUIRE(thrown == (fuse.has_blown() ? 1 : -1));
      REQUIRE(living.alive() == 300);
      if (thrown == -1) REQUIRE(v.back().value == 300);
    }
    REQUIRE(living.alive() == 0);
    if (thrown == -1) break;
  }
}

TEST_CASE("the lowest element at which a scan of a range throws is reported") {
  mp::thread_pool pool({.num_threads = 3});
  std::vector<int> v(20'000), out(20'000);
  std::iota(v.begin(), v.end(), 0);
  for (int run = 0; run < 100; ++run) {
    const int thrown = mt::thrown_by([&] {
      pool.install([&] {
        mp::par_inclusive_scan(v, out, [](int, int x) {
          if (x % 5000 == 4999) throw mt::numbered_error(x);
          return x;
        });
      });
    });
    REQUIRE(thrown == 4999);
  }
}

TEST_CASE("the adaptor scan yields what all items up to one amount to, with every split") {
  for (const std::size_t workers : mt::worker_counts()) {
    mp::thread_pool pool({.num_threads = workers});
    pool.install([] {
      for (const std::size_t n : {0, 1, 2, 130, 5000}) {
        const std::vector<affine> v = random_affines(static_cast<std::size_t>(n), "affine adaptor");
        const std::vector<affine> expected = scan_of(v);
        for (const mp::split s : mt::every_split()) {
          using affines = std::vector<affine>;
          REQUIRE(mp::par_iter(v).with(s).scan(affine(), then).collect<affines>() == expected);
          REQUIRE(mp::par_iter(v).scan(affine(), then).with(s).collect<affines>() == expected);
        }
      }
    });
  }
}

TEST_CASE("the adaptor scan takes items that not every position yields, in order") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto odd = [](std::size_t i) { return i % 2 == 1; };
      const auto none = [](std::size_t) { return false; };
      const auto sums =
          mt::par_numbers(5000).with(s).filter(odd).scan(0, std::plus<>()).collect<std::vector>();
      REQUIRE(sums.size() == 2500);
      bool right = true;
      for (std::size_t i = 0; i < sums.size(); ++i) right = right && sums[i] == (i + 1) * (i + 1);
      REQUIRE(right);
      REQUIRE(mt::par_numbers(5000).with(s).filter(none).scan(0, std::plus<>()).count() == 0);
    }
  });
}

TEST_CASE("stages above and below the adaptor scan are prepared as well") {
  mt::on_pools([] {
    const auto twice = [](std::size_t x) { return 2 * x; };
    // Sums of sums.
    REQUIRE(mt::par_prepared(4)
                .scan(0, std::plus<>())
                .map(twice)
                .scan(0, std::plus<>())
                .collect<std::vector<std::size_t>>() == std::vector<std::size_t>{0, 2, 8, 20});
    const auto sum = [&]() -> mp::task<std::size_t> {
      co_return co_await mt::par_prepared(1000).scan(0, std::plus<>()).map(twice).async().sum();
    };
    REQUIRE(mp::sync_wait(sum) == 2 * 166'666'500);
  });
}

TEST_CASE("the adaptor scan moves its values out, and makes its identity where it can be called") {
  mt::on_pools([] {
    const std::vector<std::string> words(200, "ab");
    using scanned = decltype(mp::par_iter(words).scan("", std::plus<>()));
    static_assert(std::is_same_v<scanned::item_type, std::string>);
    const auto texts = mp::par_iter(words)
                           .scan([] { return std::string(); }, std::plus<>())
                           .collect<std::vector<std::string>>();
    REQUIRE((texts.size() == 200 && texts[1] == "abab" && texts.back().size() == 400));
    // The items are values already: bool, of which a vector would have no references.
    const auto parities = mt::par_numbers(1000)
                              .map([](std::size_t i) { return i % 3 == 0; })
                              .scan(false, std::not_equal_to<>())
                              .collect<std::vector<bool>>();
    REQUIRE((parities[0] && parities[2] && !parities[3] && parities[6]));
  });
}

TEST_CASE("the first loop of the adaptor scan has the split that was set before") {
  mp::thread_pool pool({.num_threads = 1});
  pool.install([] {
    std::atomic<int> identities{0};
    const auto zero = [&identities] {
      ++identities;
      return std::size_t{0};
    };
    const auto sum =
        mt::par_numbers(1000).with(mp::split_per(100)).scan(zero, std::plus<>()).sum();
    REQUIRE(sum == 166'666'500);
    REQUIRE(identities == 10);
  });
}

TEST_CASE("an operation of the adaptor scan that throws, whichever it is, leaves no value behind") {
  mp::thread_pool pool({.num_threads = 3});
  for (long k = 1;; ++k) {
    mt::census living;
    mt::fuse fuse(k);
    int thrown = 0;
    {
      const std::vector<summand> v(200, {mt::tracked(living), &fuse, 1});
      const summand zero{mt::tracked(living), &fuse, 0};
      int sum = 0;
      thrown = mt::thrown_by([&] {
        pool.install([&] {
          const auto value_of = [](const summand& s) { return s.value; };
          sum = mp::par_iter(v).with(mp::split_per(20)).scan(zero, add).map(value_of).sum();
        });
      });
      REQUIRE(living.alive() == 201);
      if (thrown == -1) REQUIRE(sum == 200 * 201 / 2);
      REQUIRE(thrown == (fuse.has_blown() ? 1 : -1));
    }
    REQUIRE(living.alive() == 0);
    if (thrown == -1) break;
  }
}
