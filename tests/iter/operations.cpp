// SPDX-License-Identifier: MIT OR Apache-2.0
// How the operations of reduce, fold, scan and sum may take their arguments.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using text = std::string;

// Between them: an object that is not const; each argument as an rvalue and as a constant, which decides
// what is copied; results by value, and by reference to either argument or its copy.
struct of_rvalues {
  text operator()(text&& a, text&& b) { return std::move(a) + std::move(b); }
};
const auto to_its_left = [](text&& a, const text& b) -> text&& { return std::move(a += b); };
const auto to_its_right = [](const text& a, text&& b) -> text&& { return std::move(b = a + b); };

// Calls f with an operation of each kind; all of them put texts behind each other.
template <class F>
void with_each_operation(F f) {
  f(of_rvalues());
  f(to_its_left);
  f(to_its_right);
}

struct words {
  words() {
    for (int i = 0; i < 500; ++i) {
      items.push_back("word " + std::to_string(i) + " of a text; ");
      all += items.back();
    }
  }
  std::vector<text> items;
  text all;
};

// Can only be added and multiplied where it is given away.
struct tally {
  explicit tally(int x = 0) : value(x) {}
  friend tally operator+(tally&& a, tally&& b) { return tally(a.value + b.value); }
  friend tally operator*(tally&& a, tally&& b) { return tally(a.value * b.value); }
  int value;
};
// As large as a pointer, or g++ 12 warns: the member function might be virtual for all it knows.
struct count {
  std::ptrdiff_t value = 0;
  count plus(const count& other) const { return {value + other.value}; }
};

struct comparator_not_const {
  bool operator()(int& a, int& b) { return a < b; }
};

}  // namespace

TEST_CASE("the operation of reduce takes rvalues or constants, and the items stay") {
  const words w;
  std::vector<text> items = w.items;
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      with_each_operation([&](auto op) {
        REQUIRE(mp::par_iter(items).with(s).reduce(text(), op) == w.all);
        REQUIRE(mp::par_iter(w.items).with(s).reduce([] { return text(); }, op) == w.all);
        REQUIRE(mp::par_iter(std::vector(items)).with(s).reduce(text(), op) == w.all);
        const auto attempt = [op](text&& a, text&& b) mutable {
          return std::optional<text>(op(std::move(a), std::move(b)));
        };
        REQUIRE(mp::par_iter(items).with(s).try_reduce(text(), attempt) == w.all);
      });
    }
  });
  REQUIRE(items == w.items);
}

TEST_CASE("the functions of fold take rvalues or constants, and the items stay") {
  const words w;
  std::vector<text> items = w.items;
  mt::on_pools([&] {
    with_each_operation([&](auto op) {
      REQUIRE(mp::par_iter(items).fold(text(), op, op) == w.all);
      REQUIRE(mp::par_iter(items).fold_per_thread(text(), op, op).size() == w.all.size());
    });
    const auto append = [](text& a, text&& b) { a += b; };
    REQUIRE(mp::par_iter(items).fold(text(), append, append) == w.all);
  });
  REQUIRE(items == w.items);
}

TEST_CASE("the operation of a scan takes rvalues or constants, and the items stay") {
  const words w;
  std::vector<text> items = w.items;
  mt::on_pools([&] {
    with_each_operation([&](auto op) {
      const auto scanned = mp::par_iter(items).scan(text(), op).template collect<std::vector>();
      REQUIRE(scanned.size() == items.size());
      REQUIRE(scanned.front() == items.front());
      REQUIRE(scanned.back() == w.all);
      std::vector<text> out(items.size());
      mp::par_inclusive_scan(items, out, op);
      REQUIRE(out == scanned);
      mp::par_inclusive_scan(items, out, op, text("begin "));
      REQUIRE(out.back() == "begin " + w.all);
      mp::par_exclusive_scan(items, out, text(), op);
      REQUIRE(out.back() + items.back() == w.all);
    });
  });
  REQUIRE(items == w.items);
}

TEST_CASE("values that can only be moved are reduced by operations that take them") {
  const auto counters = [] {
    std::vector<std::unique_ptr<int>> v;
    for (int i = 0; i < 100; ++i) v.push_back(std::make_unique<int>(i));
    return v;
  };
  const auto zero = [] { return std::make_unique<int>(0); };
  const auto add_rvalues = [](std::unique_ptr<int>&& a, std::unique_ptr<int>&& b) {
    *a += *b;
    return std::move(a);
  };
  const auto add_values = [](std::unique_ptr<int> a, std::unique_ptr<int> b) {
    *a += *b;
    return a;
  };
  mt::on_pools([&] {
    REQUIRE(*mp::par_iter(counters()).reduce(zero, add_rvalues) == 4950);
    REQUIRE(*mp::par_iter(counters()).reduce(zero, add_values) == 4950);
  });
}

TEST_CASE("sum and product copy items for operators that take rvalues only") {
  std::vector<tally> v;
  for (int i = 1; i <= 10; ++i) v.emplace_back(i);
  mt::on_pools([&] {
    REQUIRE(mp::par_iter(v).sum().value == 55);
    REQUIRE(mp::par_iter(v).take(5).product().value == 120);
  });
}

TEST_CASE("an operation may be a member function") {
  const std::vector<count> v(100, count{1});
  std::vector<count> out(100);
  REQUIRE(mp::par_iter(v).reduce(count(), &count::plus).value == 100);
  REQUIRE(mp::par_iter(v).scan(count(), &count::plus).collect<std::vector>().back().value == 100);
  mp::par_inclusive_scan(v, out, &count::plus);
  REQUIRE(out.back().value == 100);
}

TEST_CASE("comparators of sorts take elements as std::ranges::sort passes them") {
  for (const int n : {100, 30'000}) {
    std::vector<int> v;
    for (int i = 0; i < n; ++i) v.push_back(i * 7919 % n);
    auto w = v;
    mp::par_sort(v, [](int& a, int& b) { return a < b; });
    mp::par_stable_sort(w, comparator_not_const{});
    REQUIRE(std::is_sorted(v.begin(), v.end()));
    REQUIRE(v == w);
  }
}
