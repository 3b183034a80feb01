// SPDX-License-Identifier: MIT OR Apache-2.0
// Comparators that are no strict weak order, and predicates that change their minds: what calls
// them ends, and has all of its elements afterwards.
#include "catch.hpp"
#include "on_pools.hpp"
#include "scale.hpp"
#include "seed.hpp"
#include "sorting.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct unstable {
  template <class... Args>
  static void sort(Args&&... args) {
    mp::par_sort(std::forward<Args>(args)...);
  }
};
struct stable {
  template <class... Args>
  static void sort(Args&&... args) {
    mp::par_stable_sort(std::forward<Args>(args)...);
  }
};

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
  return x ^ (x >> 33);
}

// Its own swap throws, and its moves do not.
struct swap_throws {
  explicit swap_throws(double x) : value(x) {}
  swap_throws(swap_throws&&) noexcept = default;
  swap_throws& operator=(swap_throws&&) noexcept = default;
  [[noreturn, maybe_unused]] friend void swap(swap_throws&, swap_throws&) { throw mt::numbered_error(2); }
  operator double() const { return value; }
  double value;
};

// One of many relations, most of which are no order.
class relation {
public:
  static constexpr int kinds = 14;

  static constexpr long never = std::numeric_limits<long>::max();

  relation(int kind, std::uint64_t seed, long throws_at = never)
      : kind_(kind), seed_(seed), fuse_(std::make_shared<mt::fuse>(throws_at)) {}

  bool operator()(double a, double b) const {
    fuse_->step();
    switch (kind_) {
      case 0: return a < b;  // no order either where there are NaNs
      case 1: return a <= b;
      case 2: return std::fmod(a, 7) < std::fmod(b, 5);
      case 3: return a + 3 < b;
      case 4: return true;
      case 5: return false;
      case 6: return a != b;
      case 7: return std::fmod(a, 3) == std::fmod(b + 1, 3);  // rock, paper, scissors
      case 8: return std::abs(a - b) >= 50 && a < b;
      case 9: return mixed(of(a) * 31 + of(b)) % 2 == 0;
      // These answer differently each time.
      case 10: return step() % 2 == 0;
      case 11: return mixed(step() ^ seed_) % 2 == 0;
      case 12: return mixed(step() ^ seed_) % 16 == 0;
      default: return (a < b) != (mixed(step() ^ seed_) % 64 == 0);
    }
  }
  bool has_thrown() const { return fuse_->has_blown(); }

private:
  std::uint64_t of(double x) const { return std::bit_cast<std::uint64_t>(x) ^ seed_; }
  std::uint64_t step() const { return steps_->fetch_add(1, std::memory_order_relaxed); }

  int kind_;
  std::uint64_t seed_;
  std::shared_ptr<mt::fuse> fuse_;
  std::shared_ptr<std::atomic<std::uint64_t>> steps_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
};

// Elements of several kinds that are a number. A number of which nothing is left is no number.
using plain = double;
struct owned {
  explicit owned(double x) : value(std::make_unique<double>(x)) {}
  operator double() const { return *value; }
  std::unique_ptr<double> value;
};
struct named {
  explicit named(double x) : value("a rather long name, and " + std::to_string(x)) {}
  operator double() const { return std::stod(value.substr(24)); }
  std::string value;
};
struct may_throw {  // when it is moved, so sorts move positions
  explicit may_throw(double x) : value(x) {}
  may_throw(may_throw&& other) noexcept(false) : value(other.value) {}
  may_throw& operator=(may_throw&& other) noexcept(false) {
    value = other.value;
    return *this;
  }
  operator double() const { return value; }
  double value;
};

std::vector<std::uint64_t> sorted_bits(const auto& elements) {
  std::vector<std::uint64_t> bits;
  for (const auto& e : elements) bits.push_back(std::bit_cast<std::uint64_t>(double(e)));
  std::sort(bits.begin(), bits.end());
  return bits;
}

class random_cases {
public:
  explicit random_cases(const char* purpose) : random_(mt::seeded_engine(purpose)) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  std::size_t size() {
    const std::size_t sizes[] = {2, 10, 25, 60, 130, 300, 1000, 2100, 5000, 9000};
    return sizes[below(std::size(sizes))] + below(5);
  }
  std::vector<double> numbers(std::size_t n, bool may_be_nan) {
    const std::vector<mt::arrangement> all = mt::arrangements(random_);
    const std::vector<int> keys = mt::arranged(all[below(all.size())], n);
    std::vector<double> v(keys.begin(), keys.end());
    if (may_be_nan && below(2) == 0) {
      for (std::size_t i = 0; i < n / 50 + 1; ++i) {
        v[below(n)] = std::numeric_limits<double>::quiet_NaN();
      }
    }
    return v;
  }
  // One in four throws, at some call.
  relation comparator(std::size_t n) {
    const long throws_at = below(4) == 0 ? static_cast<long>(below(8 * n) + 1) : relation::never;
    return {static_cast<int>(below(relation::kinds)), random_(), throws_at};
  }

private:
  std::mt19937_64 random_;
};

template <class Sort, class Container>
void check_sort(random_cases& random, mp::thread_pool& pool, bool may_be_nan) {
  const std::size_t n = random.size();
  const std::vector<double> numbers = random.numbers(n, may_be_nan);
  const relation less = random.comparator(n);
  Container elements;
  for (const double x : numbers) elements.emplace_back(x);
  const int thrown = mt::thrown_by([&] { pool.install([&] { Sort::sort(elements, less); }); });
  REQUIRE(thrown == (less.has_thrown() ? 1 : -1));
  REQUIRE(sorted_bits(elements) == sorted_bits(numbers));
}

}  // namespace

TEMPLATE_TEST_CASE("a sort ends with all of its elements, whatever the comparator says or throws",
                   "", unstable, stable) {
  random_cases random("bad comparators");
  mp::thread_pool alone({.num_threads = 0});
  mp::thread_pool two({.num_threads = 1});
  mp::thread_pool four({.num_threads = 3});
  for (std::size_t i = 0; i < mt::scaled(10); ++i) {
    for (mp::thread_pool* pool : {&alone, &two, &four}) {
      check_sort<TestType, std::vector<plain>>(random, *pool, true);
      check_sort<TestType, std::deque<plain>>(random, *pool, true);
      check_sort<TestType, std::vector<owned>>(random, *pool, true);
      check_sort<TestType, std::vector<named>>(random, *pool, false);
      check_sort<TestType, std::vector<may_throw>>(random, *pool, true);
      check_sort<TestType, std::vector<swap_throws>>(random, *pool, true);
    }
  }
}

TEMPLATE_TEST_CASE("a few NaNs cost a sort no number", "", unstable, stable) {
  auto random = mt::seeded_engine("NaNs");
  mt::on_pools([&] {
    for (const std::size_t n : {std::size_t{200}, std::size_t{20'000}}) {
      std::vector<double> v(n);
      for (double& x : v) x = static_cast<double>(random() % 1'000'000);
      for (int i = 0; i < 20; ++i) v[random() % n] = std::numeric_limits<double>::quiet_NaN();
      const auto before = sorted_bits(v);
      TestType::sort(v);
      REQUIRE(sorted_bits(v) == before);
      TestType::sort(v, std::greater<>());
      REQUIRE(sorted_bits(v) == before);
    }
  });
}

TEMPLATE_TEST_CASE("a sort compares no element that has been moved from", "", unstable, stable) {
  random_cases random("moved from");
  mt::on_pools([&] {
    for (std::size_t i = 0; i < mt::scaled(20); ++i) {
      const std::size_t n = random.size();
      std::vector<owned> v;
      for (const double x : random.numbers(n, true)) v.emplace_back(x);
      const relation less(static_cast<int>(random.below(relation::kinds)), i);
      std::atomic<bool> was_empty{false};
      TestType::sort(v, [&](const owned& a, const owned& b) {
        if (a.value == nullptr || b.value == nullptr) {
          was_empty = true;
          return false;
        }
        return less(a, b);
      });
      REQUIRE_FALSE(was_empty);
    }
  });
}

TEST_CASE("a comparator cannot make par_sort take off one element at a time") {
  // Knows by address whether it is asked about a pivot, which is outside of the range, or about
  // neighbours, of which it says that the right one is not greater. So after a first cut every
  // pivot seems to equal the one before it, and to be less than all that follow.
  const std::size_t n = 10'000;
  std::vector<int> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<int>(i);
  std::vector<int> before = v;
  const int* const begin = v.data();
  const auto place_of = [&](const int& x) {
    const std::less<const int*> is_before;
    const bool inside = !is_before(&x, begin) && is_before(&x, begin + n);
    return inside ? &x - begin : std::ptrdiff_t{-1};
  };
  std::size_t comparisons = 0;
  const auto less = [&](const int& a, const int& b) {
    ++comparisons;
    const std::ptrdiff_t left = place_of(a);
    const std::ptrdiff_t right = place_of(b);
    if (right < 0) return left < static_cast<std::ptrdiff_t>(n / 8);
    return left < 0 || right != left + 1;
  };
  mp::thread_pool alone({.num_threads = 0});
  alone.install([&] { mp::par_sort(v, less); });
  REQUIRE(static_cast<double>(comparisons) < 8 * static_cast<double>(n) * std::log2(n));
  std::sort(v.begin(), v.end());
  REQUIRE(v == before);
}

TEST_CASE("top_k has k items, each from a place of its own, whatever the comparator says") {
  random_cases random("bad top_k");
  mt::on_pools([&] {
    for (std::size_t i = 0; i < mt::scaled(50); ++i) {
      const std::size_t n = random.size();
      const std::vector<double> numbers = random.numbers(n, true);
      const relation less = random.comparator(n);
      const std::size_t k = random.below(2 * n);
      std::vector<std::size_t> places(n);
      for (std::size_t j = 0; j < n; ++j) places[j] = j;
      std::vector<std::size_t> best;
      const int thrown = mt::thrown_by([&] {
        best = mp::par_iter(places).top_k(k, [&](std::size_t a, std::size_t b) {
          return less(numbers[a], numbers[b]);
        });
      });
      REQUIRE(thrown == (less.has_thrown() ? 1 : -1));
      if (thrown == 1) continue;
      REQUIRE(best.size() == std::min(k, n));
      std::sort(best.begin(), best.end());
      REQUIRE(std::adjacent_find(best.begin(), best.end()) == best.end());
      REQUIRE((best.empty() || best.back() < n));
    }
  });
}

TEST_CASE("every element is in one group of par_chunk_by, whatever its predicate says") {
  random_cases random("bad groups");
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      for (std::size_t i = 0; i < mt::scaled(40); ++i) {
        const std::size_t n = random.size();
        const std::vector<double> v = random.numbers(n, true);
        const relation same(static_cast<int>(random.below(relation::kinds)), i);
        std::vector<std::atomic<int>> groups_of(n);
        mp::par_chunk_by(v, same).with(s).for_each([&](auto group) {
          for (const double& x : group) ++groups_of[static_cast<std::size_t>(&x - v.data())];
        });
        REQUIRE(std::all_of(groups_of.begin(), groups_of.end(), [](int k) { return k == 1; }));
      }
    }
  });
}

TEST_CASE("participants that disagree about neighbours take the first answer") {
  // The predicate says yes until both participants have asked, and no from then on. The positions
  // of one begin where those of the other end.
  mp::thread_pool pool({.num_threads = 1});
  pool.install([] {
    const std::vector<int> v(200);
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::atomic<int> calls{0};
      std::vector<std::atomic<int>> groups_of(v.size());
      mt::meeting_of_two both;
      mp::par_chunk_by(v, [&](int, int) {
        both.pass();
        return ++calls < 150;
      }).with(mp::split_by(2)).for_each([&](auto group) {
        for (const int& x : group) ++groups_of[static_cast<std::size_t>(&x - v.data())];
      });
      REQUIRE(std::all_of(groups_of.begin(), groups_of.end(), [](int k) { return k == 1; }));
    }
  });
}

TEST_CASE("searches, extremes and partitions end, whatever they are told") {
  random_cases random("bad predicates");
  mt::on_pools([&] {
    for (std::size_t i = 0; i < mt::scaled(50); ++i) {
      const std::size_t n = random.size();
      const std::vector<double> v = random.numbers(n, true);
      const relation less(static_cast<int>(random.below(relation::kinds)), i);
      const auto holds = [&](double x) { return less(x, 7); };
      REQUIRE(mp::par_iter(v).min_by(less).has_value());
      REQUIRE(mp::par_iter(v).max_by(less).has_value());
      REQUIRE(mp::par_iter(v).minmax_by(less).has_value());
      static_cast<void>(mp::par_iter(v).is_sorted_by(less));
      static_cast<void>(mp::par_iter(v).find_first(holds).has_value());
      REQUIRE(mp::par_iter(v).positions(holds).size() <= n);
      REQUIRE(mp::par_iter(v).filter(holds).collect<std::vector>().size() <= n);
      const auto [yes, no] = mp::par_iter(v).partition(holds);
      REQUIRE(yes.size() + no.size() == n);
    }
  });
}
