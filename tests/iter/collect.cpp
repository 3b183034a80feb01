// SPDX-License-Identifier: MIT OR Apache-2.0
// collect, collect_into, collect_per_thread.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr auto is_even = [](std::size_t i) { return i % 2 == 0; };

// Counts what its containers allocate.
template <class T>
struct counting_allocator {
  using value_type = T;
  int* allocations;
  explicit counting_allocator(int* n = nullptr) : allocations(n) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) : allocations(other.allocations) {}
  T* allocate(std::size_t n) {
    if (allocations != nullptr) ++*allocations;
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) { std::allocator<T>().deallocate(p, n); }
  bool operator==(const counting_allocator&) const = default;
};

// Knows nothing but being made of a range.
struct made_of_range {
  using value_type = std::size_t;
  template <class I>
  made_of_range(I first, I last) : values(first, last) {}
  std::vector<std::size_t> values;
};

// Can be made of a number only, and not be assigned.
struct fixed_value {
  fixed_value(std::size_t i) : value(i) {}
  const std::size_t value;
};

// As a plain number, but for the moves being counted.
std::atomic<int> moves_of_plain{0};
struct plain {
  plain() = default;
  plain(plain&&) noexcept { ++moves_of_plain; }
  plain& operator=(plain&&) noexcept {
    ++moves_of_plain;
    return *this;
  }
};

template <class C>
bool is_numbers(const C& c, std::size_t n, std::size_t step = 1) {
  std::size_t i = 0;
  for (const auto& x : c) {
    if (static_cast<std::size_t>(x) != i * step) return false;
    ++i;
  }
  return i == n;
}

template <class C>
concept collects_strings = requires(std::vector<std::string>& v) { mp::par_iter(v).collect<C>(); };

}  // namespace

TEST_CASE("collect keeps the order of the items, of indexed chains and of filtered ones") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      for (const std::size_t n : {0u, 1u, 2u, 1000u, 5000u}) {
        REQUIRE(is_numbers(mt::par_numbers(n).with(s).collect<std::vector>(), n));
        REQUIRE(is_numbers(mt::par_numbers(n).filter(is_even).with(s).collect<std::vector>(),
                           (n + 1) / 2, 2));
        REQUIRE(is_numbers(mt::par_numbers(n).with(s).collect<std::list<long>>(), n));
      }
    }
  });
}

TEST_CASE(
    "collect is of the container that is named, with the chain's value type if it has no other") {
  const std::vector<int> v{1, 2, 3};
  static_assert(std::same_as<decltype(mp::par_iter(v).collect<std::vector>()), std::vector<int>>);
  static_assert(
      std::same_as<decltype(mp::par_iter(v).collect<std::vector<long>>()), std::vector<long>>);
  static_assert(
      std::same_as<decltype(mp::par_iter(v).async().collect<std::set>()), mp::task<std::set<int>>>);
  const auto to_pair = [](const int& x) { return std::pair<const int&, std::string>(x, "x"); };
  static_assert(std::same_as<decltype(mp::par_iter(v).map(to_pair).collect<std::map>()),
                             std::map<int, std::string>>);
  REQUIRE(mp::sync_wait(mp::par_iter(v).async().collect<std::vector>()) == v);
}

TEST_CASE("collect fills every container of the standard library") {
  mt::on_pools([] {
    const auto source = [] { return mt::par_numbers(300).with(mp::split_per(7)); };
    REQUIRE(is_numbers(source().collect<std::deque>(), 300));
    REQUIRE(is_numbers(source().collect<std::list>(), 300));
    REQUIRE(is_numbers(source().collect<std::forward_list<std::size_t>>(), 300));
    REQUIRE(is_numbers(source().collect<std::set>(), 300));
    REQUIRE(is_numbers(source().collect<std::multiset>(), 300));
    REQUIRE(source().collect<std::unordered_set>().size() == 300);
    REQUIRE(is_numbers(source().collect<made_of_range>().values, 300));
    const auto letter = [](std::size_t i) { return static_cast<char>('a' + i % 26); };
    const auto text = source().map(letter).collect<std::string>();
    REQUIRE(text.size() == 300);
    for (std::size_t i = 0; i < 300; ++i) REQUIRE(text[i] == letter(i));
    const auto threes =
        source().map([](std::size_t i) { return i % 3 == 0; }).collect<std::vector>();
    static_assert(std::same_as<decltype(threes), const std::vector<bool>>);
    for (std::size_t i = 0; i < 300; ++i) REQUIRE(threes[i] == (i % 3 == 0));
  });
}

TEST_CASE("where a map meets an equal key, the lowest index stays") {
  mt::on_pools([] {
    const auto source = [] {
      return mt::par_numbers(1000).map([](std::size_t i) {
        return std::pair(i % 10, std::make_unique<std::size_t>(i));
      });
    };
    const auto ordered = source().collect<std::map>();
    const auto hashed = source().collect<std::unordered_map>();
    REQUIRE(ordered.size() == 10);
    for (std::size_t k = 0; k < 10; ++k) {
      REQUIRE(*ordered.at(k) == k);
      REQUIRE(*hashed.at(k) == k);
    }
    REQUIRE(source().collect<std::multimap<std::size_t, std::unique_ptr<std::size_t>>>().size() ==
            1000);
  });
}

TEST_CASE("values that cannot be copied or assigned are collected") {
  mt::on_pools([] {
    const auto make = [](std::size_t i) { return std::make_unique<std::size_t>(i); };
    const auto owners = mt::par_numbers(1000).map(make).collect<std::vector>();
    REQUIRE(owners.size() == 1000);
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(*owners[i] == i);
    const auto fixed = mt::par_numbers(1000).collect<std::vector<fixed_value>>();
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(fixed[i].value == i);
  });
}

TEST_CASE("a plain value of an indexed chain is moved once, to its place") {
  mp::thread_pool pool({.num_threads = 3});
  pool.install([] {
    moves_of_plain = 0;
    const auto v =
        mt::par_numbers(1000).map([](std::size_t) { return plain(); }).collect<std::vector>();
    REQUIRE(v.size() == 1000);
    REQUIRE(moves_of_plain == 1000);
  });
}

TEST_CASE("the container of an indexed chain allocates once") {
  mp::thread_pool pool({.num_threads = 3});
  pool.install([] {
    int allocations = 0;
    std::vector<std::size_t, counting_allocator<std::size_t>> v{
        counting_allocator<std::size_t>(&allocations)};
    mt::par_numbers(10'000).with(mp::split_per(100)).collect_into(v);
    REQUIRE(is_numbers(v, 10'000));
    REQUIRE(allocations == 1);
  });
}

TEST_CASE("what was collected piece by piece goes into the container after one allocation") {
  mp::thread_pool pool({.num_threads = 3});
  pool.install([] {
    int allocations = 0;
    std::vector<std::size_t, counting_allocator<std::size_t>> v{
        counting_allocator<std::size_t>(&allocations)};
    mt::par_numbers(10'000).filter(is_even).with(mp::split_per(100)).collect_into(v);
    REQUIRE(is_numbers(v, 5000, 2));
    REQUIRE(allocations == 1);
  });
}

TEST_CASE("collect_into replaces what the container holds, and keeps its memory") {
  mt::on_pools([] {
    std::vector<std::size_t> v(1000, 77);
    const auto* memory = v.data();
    mt::par_numbers(500).collect_into(v);
    REQUIRE(is_numbers(v, 500));
    mt::par_numbers(1000).filter(is_even).collect_into(v);
    REQUIRE(is_numbers(v, 500, 2));
    REQUIRE(v.data() == memory);
    std::set<std::size_t> s{77'000};
    mp::sync_wait(mt::par_numbers(10).async().collect_into(s));
    REQUIRE(is_numbers(s, 10));
    mt::par_numbers(0).collect_into(v);
    REQUIRE(v.empty());
  });
}

TEST_CASE("collect_into leaves an empty container where an exception leaves") {
  mt::on_pools([] {
    const auto throwing = [](std::size_t i) {
      if (i == 500) throw i;
      return i;
    };
    std::vector<std::size_t> v(10, 1);
    REQUIRE_THROWS_AS(mt::par_numbers(1000).map(throwing).collect_into(v), std::size_t);
    REQUIRE(v.empty());
    v.assign(10, 1);
    REQUIRE_THROWS_AS(mt::par_numbers(1000).map(throwing).filter(is_even).collect_into(v),
                      std::size_t);
    REQUIRE(v.empty());
  });
}

TEST_CASE("what has been collected when an item throws is destroyed") {
  mt::on_pools([] {
    const auto life = std::make_shared<int>(0);
    const auto throwing = [&](std::size_t i) {
      if (i == 700) throw i;
      return life;
    };
    REQUIRE_THROWS_AS(mt::par_numbers(1000).map(throwing).collect<std::vector>(), std::size_t);
    REQUIRE(life.use_count() == 1);
  });
}

TEST_CASE("collect of a source that is prepared holds all of it") {
  mt::on_pools([] {
    REQUIRE(is_numbers(mt::par_prepared(1000).collect<std::vector>(), 1000));
    REQUIRE(is_numbers(mt::par_prepared(1000).collect<std::deque>(), 1000));
    std::vector<int> v;
    mt::par_prepared(1000).map([](std::size_t i) { return static_cast<int>(i); }).collect_into(v);
    REQUIRE(is_numbers(v, 1000));
  });
}

TEST_CASE("collect_per_thread makes a container for each participant that has seen an item") {
  mp::thread_pool pool({.num_threads = 1});
  mt::meeting_of_two meeting;
  const auto meet = [&](std::size_t i) {
    meeting.pass();
    return i;
  };
  auto parts = pool.install([&] {
    return mt::par_numbers(100)
        .with(mp::split_per(5))
        .map(meet)
        .collect_per_thread<std::vector<std::size_t>>();
  });
  static_assert(std::same_as<decltype(parts), std::vector<std::vector<std::size_t>>>);
  REQUIRE(parts.size() == 2);
  REQUIRE(parts[0].size() + parts[1].size() == 100);
  parts[0].insert(parts[0].end(), parts[1].begin(), parts[1].end());
  std::ranges::sort(parts[0]);
  REQUIRE(is_numbers(parts[0], 100));
}

TEST_CASE("collect_per_thread holds every item once, and no empty container") {
  mt::on_pools([] {
    auto sets = mt::par_numbers(1000).filter(is_even).collect_per_thread<std::set<long>>();
    std::set<long> all;
    std::size_t n = 0;
    for (auto& s : sets) {
      REQUIRE(!s.empty());
      n += s.size();
      all.merge(s);
    }
    REQUIRE(n == 500);
    REQUIRE(all.size() == 500);
    const auto none = [](std::size_t) { return false; };
    REQUIRE(mt::par_numbers(1000).filter(none).collect_per_thread<std::set<long>>().empty());
    REQUIRE(mt::par_numbers(0).collect_per_thread<std::set<long>>().empty());
  });
}

TEST_CASE("a container that the items do not go into is refused") {
  static_assert(collects_strings<std::vector<std::string>>);
  static_assert(collects_strings<std::set<std::string_view>>);
  static_assert(!collects_strings<std::vector<int>>);
  static_assert(!collects_strings<std::map<int, int>>);
  static_assert(!collects_strings<int>);
  static_assert(!mp::collection<std::string_view>);
}
