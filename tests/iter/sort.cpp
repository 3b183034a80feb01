// SPDX-License-Identifier: MIT OR Apache-2.0
// par_sort, compared with std::sort.
#include "catch.hpp"
#include "seed.hpp"
#include "sorting.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <deque>
#include <list>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Large enough for blocks, buckets and rounds.
constexpr std::size_t large = 30'000;

struct particle {
  int cell;
  double mass;
  int rank() const { return -cell; }
};

template <class R>
concept par_sortable = requires(R&& r) { mp::par_sort(std::forward<R>(r)); };

static_assert(std::is_same_v<decltype(mp::par_sort(std::declval<std::vector<int>&>())),
                             std::vector<int>::iterator>);
static_assert(std::is_same_v<decltype(mp::par_sort(std::vector<int>())), std::ranges::dangling>);
static_assert(!par_sortable<std::list<int>&> && !par_sortable<const std::vector<int>&> &&
              !par_sortable<std::vector<particle>&>);

// McIlroy, "A Killer Adversary for Quicksort", 1999: decides how elements compare when it is asked,
// so that every pivot is nearly the smallest.
class adversary {
public:
  explicit adversary(std::size_t n) : value_(n), gas_(n) {
    std::fill(value_.begin(), value_.end(), gas_);
    value_[0] = n + 1;  // so that the first elements are not in order
  }
  bool less(std::size_t a, std::size_t b) {
    ++comparisons;
    if (value_[a] == gas_ && value_[b] == gas_) value_[a == candidate_ ? a : b] = solid_++;
    if (value_[a] == gas_) candidate_ = a;
    else if (value_[b] == gas_) candidate_ = b;
    return value_[a] < value_[b];
  }
  std::size_t value(std::size_t i) const { return value_[i]; }
  std::size_t comparisons = 0;

private:
  std::vector<std::size_t> value_;
  std::size_t gas_ = 0;
  std::size_t solid_ = 0;
  std::size_t candidate_ = 0;
};

}  // namespace

TEST_CASE(
    "par_sort sorts ranges of all small sizes and some large ones, however they are arranged") {
  auto random = mt::seeded_engine("sort arrangements");
  std::vector<std::size_t> sizes;
  for (std::size_t n = 0; n <= 100; ++n) sizes.push_back(n);
  for (const std::size_t n : {127, 128, 500, 2047, 2048, 2049, 4097, 10'000, 30'011})
    sizes.push_back(n);
  for (const std::size_t workers : mt::worker_counts()) {
    mp::thread_pool pool({.num_threads = workers});
    for (const auto& a : mt::arrangements(random)) {
      for (const std::size_t n : sizes) {
        const std::vector<int> input = mt::arranged(a, n);
        std::vector<int> expected = input;
        std::sort(expected.begin(), expected.end());
        std::vector<int> sorted = input;
        pool.install([&] { mp::par_sort(sorted); });
        if (sorted != expected) FAIL(a.name << ", " << n << " elements, " << workers << " workers");
      }
    }
  }
  SUCCEED();
}

TEST_CASE(
    "par_sort takes comparators and projections as std::ranges::sort does, and returns the end") {
  auto random = mt::seeded_engine("sort projections");
  for (const std::size_t n : {std::size_t{30}, large}) {
    std::vector<particle> v;
    for (std::size_t i = 0; i < n; ++i) v.push_back({static_cast<int>(random() % 1000), 0.5});
    REQUIRE(mp::par_sort(v, {}, &particle::cell) == v.end());
    REQUIRE(std::ranges::is_sorted(v, {}, &particle::cell));
    mp::par_sort(v, std::ranges::greater(), &particle::cell);
    REQUIRE(std::ranges::is_sorted(v, std::ranges::greater(), &particle::cell));
    mp::par_sort(v, std::ranges::greater(), &particle::rank);
    REQUIRE(std::ranges::is_sorted(v, {}, &particle::cell));
    mp::par_sort(v, [](const particle& a, const particle& b) { return a.cell > b.cell; });
    REQUIRE(std::ranges::is_sorted(v, std::ranges::greater(), &particle::cell));
  }
}

TEST_CASE(
    "par_sort sorts elements that are not cheap to move, and ranges that are not contiguous") {
  auto random = mt::seeded_engine("sort strings");
  for (const std::size_t n : {std::size_t{50}, std::size_t{1000}, large}) {
    std::deque<std::string> names;
    for (std::size_t i = 0; i < n; ++i) {
      names.push_back("a rather long name " + std::to_string(random() % n));
    }
    std::deque<std::string> expected = names;
    std::sort(expected.begin(), expected.end());
    mp::par_sort(names);
    REQUIRE(names == expected);

    std::vector<std::uint64_t> v;
    for (std::size_t i = 0; i < n; ++i) v.push_back(random());
    mp::par_sort(v | std::views::reverse);
    REQUIRE(std::ranges::is_sorted(v, std::ranges::greater()));

    std::vector<int> frame(n, -1);
    mp::par_sort(std::span(frame).subspan(1, n / 2), [](int, int) { return false; });
    REQUIRE(frame == std::vector<int>(n, -1));
  }
}

TEST_CASE("par_sort needs some n log n comparisons, whatever answers they get") {
  const std::size_t n = 10'000;
  const double most = 4 * static_cast<double>(n) * std::log2(n);
  mp::thread_pool alone({.num_threads = 0});
  alone.install([&] {
    adversary a(n);
    std::vector<std::size_t> v(n);
    for (std::size_t i = 0; i < n; ++i) v[i] = i;
    mp::par_sort(v, [&](std::size_t x, std::size_t y) { return a.less(x, y); });
    REQUIRE(std::ranges::is_sorted(v, {}, [&](std::size_t i) { return a.value(i); }));
    REQUIRE(static_cast<double>(a.comparisons) < most);
  });
}

TEST_CASE(
    "par_sort compares the elements of an ordered range about once, and needs no memory for it") {
  mp::thread_pool pool({.num_threads = 1});
  pool.install([] {
    std::vector<int> v(large);
    for (std::size_t i = 0; i < large; ++i) v[i] = static_cast<int>(i);
    std::atomic<std::size_t> comparisons{0};
    const auto count = [&](int a, int b) {
      comparisons.fetch_add(1, std::memory_order_relaxed);
      return a < b;
    };
    mp::sort_buffer memory;
    mp::par_sort(v, count, {}, memory);
    REQUIRE(comparisons < large + 1000);
    std::ranges::reverse(v);
    mp::par_sort(v, count, {}, memory);
    REQUIRE(comparisons < 2 * (large + 1000));
    REQUIRE(memory.capacity() == 0);
    REQUIRE(std::ranges::is_sorted(v));
  });
}

TEST_CASE("a sort_buffer keeps its memory between sorts of any type, until it is cleared") {
  struct alignas(128) wide {
    int key;
    bool is_aligned() const { return std::bit_cast<std::uintptr_t>(this) % 128 == 0; }
  };
  mp::thread_pool pool({.num_threads = 1});
  pool.install([] {
    auto random = mt::seeded_engine("sort buffer");
    std::vector<std::uint64_t> numbers(large);
    mp::sort_buffer memory;
    REQUIRE(memory.capacity() == 0);
    for (auto& x : numbers) x = random();
    mp::par_sort(numbers, {}, {}, memory);
    REQUIRE(std::ranges::is_sorted(numbers));
    const std::size_t kept = memory.capacity();
    REQUIRE(kept >= large * sizeof(std::uint64_t));

    std::vector<std::string> names(large / 10);
    for (auto& x : names) x = std::to_string(random());
    mp::par_sort(names, {}, {}, memory);
    REQUIRE(std::ranges::is_sorted(names));
    mp::par_stable_sort(numbers, std::ranges::greater(), {}, memory);
    REQUIRE(std::ranges::is_sorted(numbers, std::ranges::greater()));
    REQUIRE(memory.capacity() == kept);

    std::vector<wide> wides(large);
    for (auto& x : wides) x.key = static_cast<int>(random() % large);
    std::atomic<bool> aligned{true};
    mp::par_sort(
        wides,
        [&](const wide& a, const wide& b) {
          if (!a.is_aligned() || !b.is_aligned()) aligned = false;
          return a.key < b.key;
        },
        {}, memory);
    REQUIRE(std::ranges::is_sorted(wides, {}, &wide::key));
    REQUIRE(aligned);

    mp::sort_buffer other = std::move(memory);
    REQUIRE(memory.capacity() == 0);
    REQUIRE(other.capacity() >= large * sizeof(wide));
    other.clear();
    REQUIRE(other.capacity() == 0);
  });
}

TEST_CASE("par_sort blocks inside coroutines and inside other loops") {
  mp::thread_pool pool({.num_threads = 3});
  auto random = mt::seeded_engine("nested sorts");
  std::vector<std::vector<int>> all(20);
  for (auto& v : all) {
    for (std::size_t i = 0; i < 5000; ++i) v.push_back(static_cast<int>(random() % 10'000));
  }
  const auto sort_two = [&]() -> mp::task<> {
    co_await mp::join([&] { mp::par_sort(all[0]); }, [&]() -> mp::task<> {
      mp::par_stable_sort(all[1]);
      co_return;
    });
  };
  pool.install([&] {
    mp::sync_wait(sort_two);
    mp::par_iter(all).for_each([](std::vector<int>& v) { mp::par_sort(v); });
  });
  REQUIRE(std::ranges::all_of(all, [](const auto& v) { return std::ranges::is_sorted(v); }));
}
