// SPDX-License-Identifier: MIT OR Apache-2.0
// Every error of memory that the machine promises to find, and what must not look like one.
#include "litmus.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>

using namespace micropool_test;
using simulation::threads;

namespace {

std::string failure_of(const std::function<void()>& program) {
  const auto r = simulation::explore({.by = simulation::strategy::exhaustive}, program);
  UNSCOPED_INFO(r.account);
  return r.failure;
}

// The compiler knows nothing of what it returns, and so has no warning.
template <class T>
T* unknown(T* p) {
  asm volatile("" : "+r"(p));
  return p;
}

struct bytes {
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint16_t c = 0;
};

}  // namespace

TEST_CASE("a data race is found in whichever order the threads run") {
  CHECK_THAT(failure_of([] {
               const auto x = std::make_unique<int>(0);
               threads([&] { *x = 1; }, [&] { *x = 2; });
             }),
             contains("data race"));
  CHECK_THAT(failure_of([] {
               const auto x = std::make_unique<int>(0);
               int seen = 0;
               threads([&] { *x = 1; }, [&] { seen = *x; });
             }),
             contains("data race"));
  CHECK_THAT(failure_of([] {
               const auto v = std::make_unique<variables>();
               threads([&] { v->plain = 1, v->x.store(1, relaxed); },
                       [&] { if (v->x.load(acquire) == 1) v->plain = 2; });
             }),
             contains("data race"));
}

TEST_CASE("no race: different bytes of one word, ordered accesses, reads only") {
  CHECK(failure_of([] {
          const auto x = std::make_unique<bytes>();
          threads([&] { x->a = 1, x->a = 2; }, [&] { x->b = 1, x->b = x->b + 1; },
                  [&] { x->c = 7; });
          simulation::check(x->a == 2 && x->b == 2 && x->c == 7, "each has its own");
        }) == "");
  CHECK(failure_of([] {
          const auto v = std::make_unique<variables>();
          threads([&] { v->plain = 1, v->x.store(1, release); },
                  [&] { if (v->x.load(acquire) == 1) v->plain = 2; });
        }) == "");
  CHECK(failure_of([] {
          const auto x = std::make_unique<int>(3);
          int sums[3] = {};
          threads([&] { sums[0] = *x; }, [&] { sums[1] = *x; }, [&] { sums[2] = *x; });
          *x = 4;
        }) == "");
}

TEST_CASE("a race of an atomic object with plain accesses to it") {
  CHECK_THAT(failure_of([] {
               std::optional<std::atomic<int>> x(0);
               threads([&] { x->store(1); }, [&] { x.emplace(2); });
             }),
             contains("data race"));
}

TEST_CASE("use after free, double free, and a free that other accesses do not precede") {
  CHECK_THAT(failure_of([] {
               int* const x = new int(0);
               delete unknown(x);
               *unknown(x) = 1;
             }),
             contains("use after free"));
  CHECK_THAT(failure_of([] {
               int* const x = new int(0);
               delete unknown(x);
               delete unknown(x);
             }),
             contains("double free"));
  CHECK_THAT(failure_of([] {
               auto* const v = new variables;
               threads([&] { v->x.store(1); }, [&] { if (v->x.load(relaxed) == 1) delete v; });
             }),
             contains("data race"));
}

TEST_CASE("leaks: a block that nothing points to any more") {
  CHECK_THAT(failure_of([] {
               *unknown(new int) = 0;
             }),
             contains("leak of 4 bytes"));
  CHECK(failure_of([] {
          static int* kept;
          *unknown(&kept) = new int(0);
        }) == "");
}

TEST_CASE("static variables have their first values in each execution") {
  static int count = 0;
  CHECK(failure_of([] {
          simulation::check(count == 0, "nothing is left of the execution before");
          ++count;
          threads([] {}, [] {});
        }) == "");
  CHECK(count == 0);
}

TEST_CASE("a fault of the program is a failure, after which others run") {
  for (int i = 0; i < 3; ++i) {
    CHECK_THAT(failure_of([] { *unknown(static_cast<int*>(nullptr)) = 1; }), contains("signal 11"));
    CHECK_THAT(failure_of([] { std::abort(); }), contains("signal 6"));
  }
  CHECK(failure_of([] {}) == "");
}
