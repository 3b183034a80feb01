// SPDX-License-Identifier: MIT OR Apache-2.0
// par_stable_sort.
#include "catch.hpp"
#include "seed.hpp"
#include "sorting.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr std::size_t large = 30'000;

static_assert(std::is_same_v<decltype(mp::par_stable_sort(std::declval<std::vector<int>&>())),
                             std::vector<int>::iterator>);
static_assert(
    std::is_same_v<decltype(mp::par_stable_sort(std::vector<int>())), std::ranges::dangling>);

// Elements that compare equal can still be told from each other.
struct entry {
  int key;
  int place;
  bool operator==(const entry&) const = default;
};

std::vector<entry> entries(const std::vector<int>& keys) {
  std::vector<entry> v;
  for (const int k : keys) v.push_back({k, static_cast<int>(v.size())});
  return v;
}

bool before(const entry& a, const entry& b) {
  return a.key != b.key ? a.key < b.key : a.place < b.place;
}

}  // namespace

TEST_CASE("par_stable_sort keeps the order of equal elements, in all sizes and arrangements") {
  auto random = mt::seeded_engine("stable arrangements");
  std::vector<std::size_t> sizes;
  for (std::size_t n = 0; n <= 100; ++n) sizes.push_back(n);
  for (const std::size_t n : {127, 2047, 4095, 4096, 4097, 8192, 10'000, 30'011})
    sizes.push_back(n);
  for (const std::size_t workers : mt::worker_counts()) {
    mp::thread_pool pool({.num_threads = workers});
    for (const auto& a : mt::arrangements(random)) {
      for (const std::size_t n : sizes) {
        std::vector<entry> sorted = entries(mt::arranged(a, n));
        std::vector<entry> expected = sorted;
        std::sort(expected.begin(), expected.end(), before);
        pool.install([&] { mp::par_stable_sort(sorted, {}, &entry::key); });
        if (sorted != expected) FAIL(a.name << ", " << n << " elements, " << workers << " workers");
      }
    }
  }
  SUCCEED();
}

TEST_CASE("par_stable_sort is stable for comparators other than less, and returns the end") {
  auto random = mt::seeded_engine("stable greater");
  std::vector<int> keys;
  for (std::size_t i = 0; i < large; ++i) keys.push_back(static_cast<int>(random() % 50));
  std::vector<entry> sorted = entries(keys);
  std::vector<entry> expected = sorted;
  REQUIRE(mp::par_stable_sort(sorted, std::ranges::greater(), &entry::key) == sorted.end());
  std::sort(expected.begin(), expected.end(), [](const entry& a, const entry& b) {
    return a.key != b.key ? a.key > b.key : a.place < b.place;
  });
  REQUIRE(sorted == expected);
}

TEST_CASE("par_stable_sort sorts strings in a deque by length, and through a view from behind") {
  auto random = mt::seeded_engine("stable strings");
  for (const std::size_t n : {std::size_t{77}, large}) {
    std::deque<std::string> names;
    for (std::size_t i = 0; i < n; ++i) {
      names.push_back(std::string(random() % 40, 'x') + "," + std::to_string(i));
    }
    const auto length = [](const std::string& s) { return s.find(','); };
    const auto place = [](const std::string& s) { return std::stoi(s.substr(s.find(',') + 1)); };
    mp::par_stable_sort(names, {}, length);
    for (std::size_t i = 1; i < n; ++i) {
      const std::string &a = names[i - 1], &b = names[i];
      REQUIRE((length(a) != length(b) ? length(a) < length(b) : place(a) < place(b)));
    }
    // From behind, equal ones keep the order that they have from behind.
    mp::par_stable_sort(names | std::views::reverse, {}, length);
    for (std::size_t i = 1; i < n; ++i) {
      const std::string &a = names[i - 1], &b = names[i];
      REQUIRE((length(a) != length(b) ? length(a) > length(b) : place(a) < place(b)));
    }
  }
}

TEST_CASE(
    "comparisons between the halves of a range, all of which throw from some moment on, lose "
    "none") {
  // The halves are sorted by themselves and merged in pieces, so this is a failure while it is
  // looked up where pieces begin, or while some have been merged and others have not.
  mp::thread_pool pool({.num_threads = 3});
  auto random = mt::seeded_engine("stable throws on");
  const int n = 4096;
  const auto half = [](const mt::owner& x) { return x.value() % n < n / 2; };
  for (long k = 0; k < 6000; k = k < 100 ? k + 1 : k + 97) {
    mt::census living;
    std::vector<mt::owner> v;
    std::vector<int> expected;
    for (int i = 0; i < n; ++i) expected.push_back(static_cast<int>(random() % 5000) * n + i);
    for (const int x : expected) v.emplace_back(living, x);
    std::atomic<long> left{k};
    const int thrown = mt::thrown_by([&] {
      pool.install([&] {
        mp::par_stable_sort(v, [&](const mt::owner& a, const mt::owner& b) {
          if (half(a) != half(b) && left.fetch_sub(1) < 1) throw mt::numbered_error(1);
          return a.value() < b.value();
        });
      });
    });
    REQUIRE(thrown == (left < 0 ? 1 : -1));
    REQUIRE(std::ranges::all_of(v, &mt::owner::has_value));
    std::ranges::sort(v, {}, &mt::owner::value);
    std::sort(expected.begin(), expected.end());
    REQUIRE(std::ranges::equal(v, expected, {}, &mt::owner::value));
  }
}
