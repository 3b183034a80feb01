// SPDX-License-Identifier: MIT OR Apache-2.0
// Sources of the user's own: size() and fetch(index), and what more they may have.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct squares {
  std::size_t n;
  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const { return i * i; }
};

// Cannot be copied; its fetch() changes it, each position by one thread.
class calls_of_fetch {
public:
  explicit calls_of_fetch(std::size_t n) : calls_(n) {}
  calls_of_fetch(calls_of_fetch&&) = default;
  std::size_t size() const { return calls_.size(); }
  int& fetch(std::size_t i) { return *(calls_[i] = std::make_unique<int>(calls_[i] ? -1 : 1)); }

private:
  std::vector<std::unique_ptr<int>> calls_;
};

// Counts its copies.
struct copied_source {
  explicit copied_source(int& c) : copies(&c) {}
  copied_source(const copied_source& other) : copies(other.copies) { ++*copies; }
  copied_source(copied_source&& other) noexcept : copies(other.copies) {}
  std::size_t size() const { return 3; }
  int fetch(std::size_t i) const { return static_cast<int>(i); }
  int* copies;
};

// Its size is a signed number, as that of older libraries.
struct old_list {
  int size() const { return 4; }
  int fetch(std::size_t i) const { return static_cast<int>(i); }
};

// Yields i items for position i.
struct triangle {
  using item_type = std::size_t;
  std::size_t n;
  std::size_t positions() const { return n; }
  int make_local() const { return 0; }
  template <class Sink>
  bool feed(int&, std::size_t first, std::size_t last, Sink& sink) const {
    for (std::size_t i = first; i < last; ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (!sink(i)) return false;
      }
    }
    return true;
  }
};

}  // namespace

TEST_CASE("a type with size() and fetch(index) is a source") {
  static_assert(std::same_as<decltype(mp::par_iter(squares{1}))::item_type, std::size_t>);
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto all = mp::par_iter(squares{100}).with(s).collect<std::vector>();
      REQUIRE(all.size() == 100);
      for (std::size_t i = 0; i < 100; ++i) REQUIRE(all[i] == i * i);
      REQUIRE(mp::par_iter(squares{100}).with(s).sum() == 328350);
    }
  });
  REQUIRE(mp::par_iter(squares{0}).count() == 0);
}

TEST_CASE("a source is fetched from once for each position, and may be changed by that") {
  static_assert(std::same_as<decltype(mp::par_iter(calls_of_fetch(1)))::item_type, int&>);
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      REQUIRE(mp::par_iter(calls_of_fetch(300)).with(s).sum() == 300);
    }
  });
}

TEST_CASE("a source that is an lvalue is copied once, and one that is given away never") {
  int copies = 0;
  copied_source source(copies);
  REQUIRE(mp::par_iter(source).map([](int i) { return i; }).sum() == 3);
  REQUIRE(copies == 1);
  REQUIRE(mp::par_iter(std::as_const(source)).sum() == 3);
  REQUIRE(copies == 2);
  REQUIRE(mp::par_iter(std::move(source)).map([](int i) { return i; }).sum() == 3);
  REQUIRE(copies == 2);
  static_assert(!mp::par_iterable<calls_of_fetch&> && mp::par_iterable<calls_of_fetch>);
}

TEST_CASE("the size of a source may be any integer") {
  REQUIRE(mp::par_iter(old_list()).sum() == 6);
  REQUIRE(mp::zip_max(old_list(), mp::par_range(6)).count() == 6);
}

TEST_CASE("a source may have to be prepared before its size is known") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      REQUIRE(mp::par_iter(mt::prepared_numbers{10}).with(s).sum() == 45);
      REQUIRE(mp::sync_wait(mp::par_iter(mt::prepared_numbers{10}).with(s).async().sum()) == 45);
    }
  });
}

TEST_CASE("a source may yield any number of items for a position") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto all = mp::par_iter(triangle{20}).with(s).collect<std::vector>();
      REQUIRE(all.size() == 190);
      for (std::size_t i = 1, at = 0; i < 20; ++i) {
        for (std::size_t k = 0; k < i; ++k) REQUIRE(all[at++] == i);
      }
    }
  });
}

TEST_CASE("sources of one's own can be parts of zips") {
  const auto equal = [](std::size_t square, std::size_t i) { return square == i * i; };
  auto pairs = mp::zip_eq(squares{50}, mt::numbers{50});
  REQUIRE(std::move(pairs).map(equal).collect<std::vector<bool>>() == std::vector<bool>(50, true));
}
