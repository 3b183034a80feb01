// SPDX-License-Identifier: MIT OR Apache-2.0
// The deque in one thread: order, growth, and the invariants D1 and D2 step by step.
#include <micropool/detail/sync/deque.hpp>

#include "catch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>

#include "push_onto.hpp"
#include "seed.hpp"

namespace {

using deque = micropool::detail::deque<int>;
using micropool_test::push_onto;

int* steal(deque& d) {
  const auto s = d.peek_oldest();
  return s.element != nullptr && d.try_take(s) ? s.element : nullptr;
}

}  // namespace

TEST_CASE("the owner takes the newest element, a thief the oldest") {
  deque d;
  std::array<int, 4> e{};
  for (int& x : e) push_onto(d, &x);
  REQUIRE(d.pop() == &e[3]);
  REQUIRE(steal(d) == &e[0]);
  REQUIRE(d.pop() == &e[2]);
  REQUIRE(steal(d) == &e[1]);
  REQUIRE(steal(d) == nullptr);
  REQUIRE(d.pop() == nullptr);
}

TEST_CASE("a pop or a steal of an empty deque takes nothing and does no harm") {
  deque d;
  int e = 0;
  for (int round = 0; round < 3; ++round) {
    REQUIRE(d.pop() == nullptr);
    REQUIRE(d.peek_oldest().element == nullptr);
    push_onto(d, &e);
    REQUIRE(d.pop() == &e);
    REQUIRE(d.pop() == nullptr);
    push_onto(d, &e);
    REQUIRE(steal(d) == &e);
  }
}

TEST_CASE("bottom names the index of the next push; a candidate names the index of its element") {
  deque d;
  int e = 0;
  REQUIRE(d.bottom() == 0);
  push_onto(d, &e);
  push_onto(d, &e);
  REQUIRE(d.bottom() == 2);
  REQUIRE(d.peek_oldest().at == 0);
  REQUIRE(steal(d) == &e);
  REQUIRE(d.peek_oldest().at == 1);
  REQUIRE(d.pop() == &e);
  REQUIRE(d.bottom() == 2);
}

TEST_CASE("D1: an index that was stolen does not come back") {
  deque d;
  int e = 0;
  for (deque::index expected = 0; expected < 100; ++expected) {
    REQUIRE(d.bottom() == expected);
    push_onto(d, &e);
    REQUIRE(d.peek_oldest().at == expected);
    REQUIRE(steal(d) == &e);
    REQUIRE(d.pop() == nullptr);
  }
}

TEST_CASE("D2: a candidate is void once the owner has taken the element") {
  deque d;
  std::array<int, 3> e{};
  push_onto(d, &e[0]);
  push_onto(d, &e[1]);
  const auto seen = d.peek_oldest();
  REQUIRE(seen.element == &e[0]);
  REQUIRE(d.pop() == &e[1]);
  REQUIRE(d.pop() == &e[0]);
  push_onto(d, &e[2]);
  REQUIRE_FALSE(d.try_take(seen));
  REQUIRE(d.pop() == &e[2]);
}

TEST_CASE("D2: a candidate is void once another thief has taken the element") {
  deque d;
  std::array<int, 2> e{};
  push_onto(d, &e[0]);
  push_onto(d, &e[1]);
  const auto first = d.peek_oldest();
  const auto second = d.peek_oldest();
  REQUIRE(d.try_take(first));
  REQUIRE_FALSE(d.try_take(second));
  REQUIRE_FALSE(d.try_take(first));
  REQUIRE(steal(d) == &e[1]);
}

TEST_CASE("a candidate survives pushes, pops of newer elements and growth") {
  deque d(2);
  std::array<int, 100> e{};
  push_onto(d, &e[0]);
  const auto seen = d.peek_oldest();
  for (std::size_t i = 1; i < e.size(); ++i) push_onto(d, &e[i]);
  REQUIRE(d.pop() == &e[99]);
  REQUIRE(d.try_take(seen));
  REQUIRE(seen.element == &e[0]);
  REQUIRE(steal(d) == &e[1]);
}

TEST_CASE("republishing changes nothing that a thread can see") {
  deque d;
  std::array<int, 2> e{};
  d.republish();
  REQUIRE(d.peek_oldest().element == nullptr);
  push_onto(d, &e[0]);
  push_onto(d, &e[1]);
  d.republish();
  REQUIRE(d.bottom() == 2);
  REQUIRE(d.peek_oldest().element == &e[0]);
  REQUIRE(d.pop() == &e[1]);
  d.republish();
  REQUIRE(steal(d) == &e[0]);
}

TEST_CASE("a growing deque behaves like a list, wherever its ring begins") {
  auto random = micropool_test::seeded_engine("deque like a list");
  for (int round = 0; round < 50; ++round) {
    deque d(1 << (random() % 4));
    std::deque<int*> model;
    std::array<int, 3000> e{};
    // Mostly growing, then mostly shrinking.
    for (std::size_t step = 0; step < 2 * e.size(); ++step) {
      const bool growing = step < e.size();
      switch (random() % 8) {
        case 0:
        case 1:
        case 2:
        case 3:
          if (growing) {
            push_onto(d, &e[step]);
            model.push_back(&e[step]);
            break;
          }
          [[fallthrough]];
        case 4:
        case 5: {
          int* const expected = model.empty() ? nullptr : model.back();
          if (!model.empty()) model.pop_back();
          REQUIRE(d.pop() == expected);
          break;
        }
        case 6: {
          int* const expected = model.empty() ? nullptr : model.front();
          if (!model.empty()) model.pop_front();
          REQUIRE(steal(d) == expected);
          break;
        }
        default: d.republish(); break;
      }
    }
  }
}
