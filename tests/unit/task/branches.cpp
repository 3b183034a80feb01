// SPDX-License-Identifier: MIT OR Apache-2.0
// Blocking branches and forked callables: where they live and who frees them.
#include "place.hpp"
#include "tracked.hpp"
#include "catch.hpp"

#include <micropool/detail/task/blocking_join.hpp>
#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ranges>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;
using namespace micropool::detail;

namespace {

bool aligned(const void* p, std::size_t to) {
  return reinterpret_cast<std::uintptr_t>(p) % to == 0;
}

struct alignas(128) wide {
  int value = 0;
  bool is_aligned() const { return aligned(this, alignof(wide)); }
};

// An iterator that throws at the third element, after the range has been measured.
template <class T>
class breaking_range {
public:
  struct iterator {
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    T* at = nullptr;
    T* bad = nullptr;
    T& operator*() const {
      if (at == bad) throw mt::numbered_error(3);
      return *at;
    }
    iterator& operator++() {
      ++at;
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++at;
      return before;
    }
    bool operator==(const iterator& o) const { return at == o.at; }
  };
  explicit breaking_range(std::vector<T>& v) : all_(v) {}
  iterator begin() const { return {all_.data(), all_.data() + 2}; }
  iterator end() const { return {all_.data() + all_.size(), nullptr}; }

private:
  std::vector<T>& all_;
};

}  // namespace

TEST_CASE("a branch keeps its result or its exception") {
  const auto returns = [] { return 4; };
  branch good(returns);
  good.run();
  CHECK_FALSE(good.result.failed());
  CHECK(good.result.take() == 4);
  const auto throws = []() -> int { throw mt::numbered_error(5); };
  branch bad(throws);
  bad.run();
  REQUIRE(bad.result.failed());
  CHECK(mt::thrown_by([&] { return bad.result.get(); }) == 5);
}

TEST_CASE("a stolen branch runs and then sets its latch") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    const participation here;
    int calls = 0;
    const auto counts = [&] { ++calls; };
    branch b(counts);
    CHECK_FALSE(b.ended.is_set());
    b.execute(b, here.self());
    CHECK(calls == 1);
    CHECK(b.ended.is_set());
  });
}

TEST_CASE("an array of branches refers to the elements of its range in order") {
  std::array<int (*)(), 3> callables{[] { return 0; }, [] { return 1; }, [] { return 2; }};
  branch_array<int (*)()> array(callables, callables.size());
  const auto all = array.all();
  REQUIRE(all.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(&all[i].callable == &callables[i]);
    all[i].run();
    CHECK(all[i].result.take() == static_cast<int>(i));
  }
  std::array<int (*)(), 0> nothing{};
  branch_array<int (*)()> none(nothing, 0);
  CHECK(none.all().empty());
}

TEST_CASE("a range that throws while it is read leaves nothing behind and runs nothing") {
  mp::thread_pool pool({.num_threads = 1});
  std::atomic<int> runs{0};
  auto counts = [&] { return ++runs; };
  std::vector<decltype(counts)> callables(5, counts);
  const breaking_range<decltype(counts)> range(callables);
  for (int i = 0; i < 3; ++i) {
    CHECK(mt::thrown_by([&] {
            static_cast<void>(pool.join_all(range));
            return 0;
          }) == 3);
  }
  CHECK(runs == 0);
  CHECK(pool.join_all(callables).size() == 5);
}

TEST_CASE("what wants a special alignment has it, as callable, capture and result") {
  mt::place here(GENERATE(from_range(mt::every_setting())));
  std::atomic<int> misaligned{0};
  const auto check = [&](bool is_aligned) { misaligned += is_aligned ? 0 : 1; };
  here.run([&] {
    for (int round = 0; round < 20; ++round) {
      wide w;
      mp::scope([&](mp::scope_ref s) {
        for (int i = 0; i < 10; ++i) s.fork([&check, w] { check(w.is_aligned()); });
      });
      auto makes = [&] {
        wide made;
        check(made.is_aligned());
        return made;
      };
      const auto [a, b] = mp::join(makes, makes);
      check(a.is_aligned() && b.is_aligned());
      std::vector<decltype(makes)> range(5, makes);
      for (const wide& made : mp::join_all(range)) check(made.is_aligned());
    }
  });
  CHECK(misaligned == 0);
}

TEST_CASE("a callable too large for the cache is forked all the same") {
  mp::thread_pool pool({.num_threads = 1});
  std::array<char, 40000> large{};
  large.back() = 'x';
  std::atomic<int> right{0};
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 10; ++i) s.fork([&right, large] { right += large.back() == 'x' ? 1 : 0; });
  });
  CHECK(right == 10);
}
