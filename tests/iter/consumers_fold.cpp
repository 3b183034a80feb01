// SPDX-License-Identifier: MIT OR Apache-2.0
// reduce, fold, fold_per_thread, sum, product, count.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <bit>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

std::vector<std::string> words(std::size_t n) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < n; ++i) result.push_back(std::to_string(i) + " ");
  return result;
}
std::string concatenated(const std::vector<std::string>& parts) {
  std::string result;
  for (const auto& p : parts) result += p;
  return result;
}

// Tells when it is looked at, and may be looked at more than once.
struct watched_numbers {
  static constexpr bool is_repeatable = true;
  std::size_t n;
  std::atomic<int>* looks;
  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const {
    ++*looks;
    return i;
  }
};

template <class T>
concept has_product = requires(std::vector<T>& v) { mp::par_iter(v).product(); };
template <class Op>
concept reduces_ints_with =
    requires(std::vector<int>& v, Op op) { mp::par_iter(v).reduce(0, std::move(op)); };

}  // namespace

TEST_CASE("reduce and fold keep index order, so the operation need not be commutative") {
  const auto parts = words(1000);
  const std::string expected = concatenated(parts);
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      REQUIRE(mp::par_iter(parts).with(s).reduce(std::string(), std::plus<>()) == expected);
      REQUIRE(mp::par_iter(parts).with(s).fold(std::string(), std::plus<>(), std::plus<>()) ==
              expected);
      REQUIRE(mp::par_iter(parts).with(s).sum() == expected);
    }
  });
}

TEST_CASE("an identity is a value or a callable that makes one for each chunk") {
  const auto parts = words(100);
  std::atomic<int> made{0};
  const auto make = [&] {
    ++made;
    return std::string();
  };
  auto joined = mp::par_iter(parts).with(mp::split_by(10)).reduce(make, std::plus<>());
  static_assert(std::same_as<decltype(joined), std::string>);
  REQUIRE(joined == concatenated(parts));
  REQUIRE(made == 10);
}

TEST_CASE("a reduction of no items is the identity") {
  const std::vector<int> none;
  REQUIRE(mp::par_iter(none).reduce(7, std::plus<>()) == 7);
  REQUIRE(mp::par_iter(none).fold(7L, std::plus<>(), std::plus<>()) == 7);
  REQUIRE(mp::par_iter(none).fold_per_thread([] { return 7L; }, std::plus<>(), std::plus<>()) == 7);
  REQUIRE(mp::par_iter(none).sum() == 0);
  REQUIRE(mp::par_iter(none).product() == 1);
  REQUIRE(mp::par_iter(none).count() == 0);
}

TEST_CASE("the accumulator of fold has a type of its own") {
  const auto parts = words(1000);
  const auto add_length = [](std::size_t n, const std::string& s) { return n + s.size(); };
  mt::on_pools([&] {
    auto length = mp::par_iter(parts).fold(std::size_t{0}, add_length, std::plus<>());
    static_assert(std::same_as<decltype(length), std::size_t>);
    REQUIRE(length == concatenated(parts).size());
    REQUIRE(mp::par_iter(parts).fold_per_thread(std::size_t{0}, add_length, std::plus<>()) ==
            length);
  });
}

TEST_CASE("an accumulator that is taken by reference is changed in place") {
  using list = std::unique_ptr<std::vector<std::size_t>>;  // cannot be copied
  const auto make = [] { return std::make_unique<std::vector<std::size_t>>(); };
  const auto add = [](list& l, std::size_t i) { l->push_back(i); };
  const auto append = [](list& left, list right) {
    left->insert(left->end(), right->begin(), right->end());
  };
  mt::on_pools([&] {
    const list all = mt::par_numbers(500).with(mp::split_per(9)).fold(make, add, append);
    REQUIRE(all->size() == 500);
    for (std::size_t i = 0; i < 500; ++i) REQUIRE((*all)[i] == i);
    REQUIRE(mt::par_numbers(500).fold_per_thread(make, add, append)->size() == 500);
  });
}

TEST_CASE("pairs come in parts behind the accumulator") {
  const auto pairs =
      mt::par_numbers(100)
          .map([](std::size_t i) { return std::pair(i, 2 * i); })
          .fold(
              std::size_t{0}, [](std::size_t n, std::size_t a, std::size_t b) { return n + b - a; },
              std::plus<>());
  REQUIRE(pairs == 4950);
}

TEST_CASE("reducing values that hold references writes to no element") {
  std::vector<int> v{3, 1, 4, 1, 5, 9, 2, 6};
  const std::vector<int> before = v;
  using numbered = std::pair<std::size_t, int&>;
  const auto greater = [](numbered a, numbered b) { return b.second > a.second ? b : a; };
  auto greatest = mp::par_iter(v)
                      .with(mp::split_per(2))
                      .map([](int& x) { return numbered(0, x); })
                      .reduce([&] { return numbered(0, v[0]); }, greater);
  REQUIRE(v == before);
  REQUIRE(&greatest.second == &v[5]);
}

TEST_CASE("a sum that rounds has the same bits on every number of threads and in every run") {
  const auto reciprocals = [] {
    return mt::par_numbers(20'000).map(
        [](std::size_t i) { return 1.0f / static_cast<float>(i + 1); });
  };
  const auto add = [](float a, float b) { return a + b; };
  for (const mp::split s : {mp::split_auto(), mp::split_per(37), mp::split_by(11)}) {
    const float expected = reciprocals().with(s).sum();
    const float product = reciprocals().map([](float x) { return 1 + x * x; }).with(s).product();
    mt::on_pools([&] {
      for (int run = 0; run < 20; ++run) {
        const float sums[] = {reciprocals().with(s).sum(), reciprocals().with(s).reduce(0.0f, add),
                              reciprocals().with(s).fold(0.0f, add, add)};
        for (const float sum : sums) {
          REQUIRE(std::bit_cast<std::uint32_t>(sum) == std::bit_cast<std::uint32_t>(expected));
        }
        const float again = reciprocals().map([](float x) { return 1 + x * x; }).with(s).product();
        REQUIRE(std::bit_cast<std::uint32_t>(again) == std::bit_cast<std::uint32_t>(product));
      }
    });
  }
}

TEST_CASE("fold_per_thread makes one accumulator for each participant") {
  mp::thread_pool pool({.num_threads = 1});
  mt::meeting_of_two meeting;
  std::atomic<int> made{0};
  const auto count = [&](int n, std::size_t) {
    meeting.pass();
    return n + 1;
  };
  const int n = pool.install([&] {
    return mt::par_numbers(100)
        .with(mp::split_per(5))
        .fold_per_thread([&] { return made++, 0; }, count, std::plus<>());
  });
  REQUIRE(n == 100);
  REQUIRE(made == 2);
}

TEST_CASE("sum and product are of the type of the items, or of the one that is named") {
  const std::vector<short> v(1000, 3);
  static_assert(std::same_as<decltype(mp::par_iter(v).sum()), short>);
  static_assert(std::same_as<decltype(mp::par_iter(v).sum<long>()), long>);
  static_assert(std::same_as<decltype(mp::par_iter(v).count()), std::size_t>);
  REQUIRE(mp::par_iter(v).sum() == 3000);
  REQUIRE(mp::par_iter(v).map([](short x) { return x * 1'000'000; }).sum<long long>() ==
          3'000'000'000);
  REQUIRE(mt::par_numbers(20).map([](std::size_t i) { return i + 1; }).product() ==
          2'432'902'008'176'640'000);
  REQUIRE(mt::par_numbers(4).map([](std::size_t) { return 0.5; }).product() == 0.0625);
  REQUIRE(mt::par_numbers(3).map([](std::size_t) { return 2; }).product<double>() == 8.0);
}

TEST_CASE("count counts what a filter lets through") {
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      const auto third = [](std::size_t i) { return i % 3 == 0; };
      REQUIRE(mt::par_numbers(1000).with(s).filter(third).count() == 334);
    }
  });
}

TEST_CASE("count calls what the chain calls, and looks at nothing where the size is known") {
  std::atomic<int> looks{0};
  std::atomic<int> calls{0};
  const auto watched = [&] { return mp::parallel_iterator(watched_numbers{100, &looks}); };
  REQUIRE(watched().count() == 100);
  REQUIRE(looks == 0);
  REQUIRE(watched().map([&](std::size_t i) { return ++calls, i; }).count() == 100);
  REQUIRE(looks == 100);
  REQUIRE(calls == 100);

  constexpr std::size_t many = std::size_t{1} << 63;
  REQUIRE(mp::parallel_iterator(watched_numbers{many, &looks}).count() == many);
  REQUIRE(mp::sync_wait(watched().async().count()) == 100);
}

TEST_CASE("folds of a source that is prepared see all of it") {
  mt::on_pools([&] {
    REQUIRE(mt::par_prepared(1000).count() == 1000);
    REQUIRE(mt::par_prepared(1000).sum() == 499'500);
    REQUIRE(mt::par_prepared(1000).reduce(std::size_t{0}, std::plus<>()) == 499'500);
  });
}

TEST_CASE("what cannot be folded is refused") {
  static_assert(has_product<int>);
  static_assert(!has_product<std::string>);
  static_assert(reduces_ints_with<std::plus<>>);
  static_assert(!reduces_ints_with<int (*)(int)>);
  static_assert(!reduces_ints_with<std::string (*)(int, int)>);
  static_assert(!mp::identity_of<std::string, int>);
}
