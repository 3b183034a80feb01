// SPDX-License-Identifier: MIT OR Apache-2.0
// The algorithms on ranges, given an iterator and a sentinel.
#include "catch.hpp"

#include <micropool/iter.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <numeric>
#include <type_traits>
#include <vector>

namespace mp = micropool;

namespace {

struct particle {
  int cell;
};

std::vector<int> shuffled(int n) {
  std::vector<int> v;
  for (int i = 0; i < n; ++i) v.push_back(i * 7919 % n);
  return v;
}

// Knows the end when it sees it, and not how far it is.
struct end_at {
  const int* last;
  bool operator==(const int* at) const { return at == last; }
};

template <class I>
concept sorts_from = requires(I first) { mp::par_sort(first, first); };
template <class I>
concept fills_from = requires(I first) { mp::par_fill(first, first, 0); };

static_assert(sorts_from<int*> && !sorts_from<const int*> && !sorts_from<std::list<int>::iterator>);
static_assert(fills_from<int*> && !fills_from<const int*> &&
              !fills_from<std::vector<bool>::iterator>);

constexpr int many = 5000;

}  // namespace

TEST_CASE("sorts take an iterator and a sentinel, and return the end") {
  mp::thread_pool pool({.num_threads = 2});
  pool.install([] {
    const auto input = shuffled(many);
    auto v = input;
    const auto end = mp::par_sort(v.begin(), v.end());
    static_assert(std::is_same_v<decltype(end), const std::vector<int>::iterator>);
    REQUIRE(end == v.end());
    REQUIRE(std::ranges::is_sorted(v));

    v = input;
    REQUIRE(mp::par_stable_sort(v.begin() + 1, v.end() - 1, std::greater<>()) == v.end() - 1);
    REQUIRE(std::is_sorted(v.begin() + 1, v.end() - 1, std::greater<>()));
    REQUIRE(v.front() == input.front());
    REQUIRE(v.back() == input.back());

    v = input;
    REQUIRE(mp::par_sort(v.data(), end_at{v.data() + 300}) == v.data() + 300);
    REQUIRE(std::is_sorted(v.begin(), v.begin() + 300));
    REQUIRE(std::equal(v.begin() + 300, v.end(), input.begin() + 300));
    mp::par_stable_sort(std::counted_iterator(v.begin(), 400), std::default_sentinel);
    REQUIRE(std::is_sorted(v.begin(), v.begin() + 400));
    mp::par_sort(v.rbegin(), v.rend());
    REQUIRE(std::is_sorted(v.rbegin(), v.rend()));

    std::vector<particle> particles;
    for (const int i : input) particles.push_back({i});
    mp::sort_buffer memory;
    mp::par_sort(particles.begin(), particles.end(), {}, &particle::cell, memory);
    REQUIRE(std::ranges::is_sorted(particles, {}, &particle::cell));
    mp::par_stable_sort(particles.begin(), particles.end(), std::greater<>(), &particle::cell,
                        memory);
    REQUIRE(std::ranges::is_sorted(particles, std::greater<>(), &particle::cell));

    int array[] = {3, 1, 2};
    mp::par_sort(array, array + 3);
    REQUIRE(std::ranges::is_sorted(array));
  });
}

TEST_CASE("fill, copy and transform take an iterator and a sentinel, and return the ends") {
  mp::thread_pool pool({.num_threads = 2});
  pool.install([] {
    const auto in = shuffled(many);
    std::vector<int> out(many);
    REQUIRE(mp::par_fill(out.begin(), out.end() - 1, 7) == out.end() - 1);
    REQUIRE(std::ranges::count(out, 7) == many - 1);

    const auto copied = mp::par_copy(in.begin(), in.end(), out.begin());
    REQUIRE(copied.in == in.end());
    REQUIRE(copied.out == out.end());
    REQUIRE(out == in);
    // A range as the output ends the copy where it ends.
    std::vector<int> few(3);
    REQUIRE(mp::par_copy(in.begin(), in.end(), few).in == in.begin() + 3);

    const auto negated = mp::par_transform(in.begin(), in.end(), out.begin(), std::negate<>());
    REQUIRE(negated.in == in.end());
    REQUIRE(negated.out == out.end());
    REQUIRE(std::ranges::equal(out, in, {}, std::negate<>()));
    std::vector<particle> particles;
    for (const int i : in) particles.push_back({i});
    mp::par_transform(particles.begin(), particles.end(), out, std::negate<>(), &particle::cell);
    REQUIRE(std::ranges::equal(out, in, {}, std::negate<>()));

    const auto added = mp::par_transform(in.begin(), in.end(), particles.begin(), particles.end(),
                                         out.begin(), std::plus<>(), {}, &particle::cell);
    REQUIRE(added.in1 == in.end());
    REQUIRE(added.in2 == particles.end());
    REQUIRE(added.out == out.end());
    REQUIRE(std::ranges::equal(out, in, {}, {}, [](int x) { return 2 * x; }));
  });
}

TEST_CASE("scans take an iterator and a sentinel, and return the ends") {
  mp::thread_pool pool({.num_threads = 2});
  pool.install([] {
    const auto in = shuffled(many);
    std::vector<int> out(many);
    std::vector<int> expected(many);
    std::partial_sum(in.begin(), in.end(), expected.begin());
    const auto ends = mp::par_inclusive_scan(in.begin(), in.end(), out.begin());
    REQUIRE(ends.in == in.end());
    REQUIRE(ends.out == out.end());
    REQUIRE(out == expected);
    mp::par_inclusive_scan(in.begin(), in.end(), out, std::plus<>(), 1);
    REQUIRE(std::ranges::equal(out, expected, {}, {}, [](int x) { return x + 1; }));
    mp::par_exclusive_scan(in.begin(), in.end(), out.begin(), 0);
    REQUIRE(out.front() == 0);
    REQUIRE(std::equal(out.begin() + 1, out.end(), expected.begin()));
    mp::par_exclusive_scan(in.begin(), in.end(), out, 0, std::plus<>());
    REQUIRE(std::equal(out.begin() + 1, out.end(), expected.begin()));
  });
}
