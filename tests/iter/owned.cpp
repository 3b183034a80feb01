// SPDX-License-Identifier: MIT OR Apache-2.0
// Containers that are given away: each element is moved out once at most, and ends once.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr std::size_t many = 200;

// What has become of each number that a `counted` has held. Outlives what it counts.
struct ledger {
  struct entry {
    std::atomic<int> moved{0};
    std::atomic<int> ended{0};
  };
  std::array<entry, many> of;
  std::atomic<int> alive{0};
  std::atomic<int> moved_when_empty{0};
  std::size_t refuses_to_move = many;  // this number's constructor throws

  // Every number has ended once, and no object is left.
  bool is_balanced() const {
    for (const entry& e : of) {
      if (e.ended != 1) return false;
    }
    return alive == 0 && moved_when_empty == 0;
  }
  int moves() const {
    int all = 0;
    for (const entry& e : of) all += e.moved;
    return all;
  }
  bool moved_once_at_most() const {
    for (const entry& e : of) {
      if (e.moved > 1) return false;
    }
    return true;
  }
};

// Holds a number until it is moved from.
class counted {
public:
  counted() = default;  // an empty one, which is not counted
  counted(ledger& l, std::size_t n) : ledger_(&l), number_(n) { ++l.alive; }
  counted(counted&& other) : ledger_(other.ledger_) {
    if (ledger_ == nullptr) return;
    if (other.number_ == none) ++ledger_->moved_when_empty;
    if (other.number_ == ledger_->refuses_to_move) throw std::length_error("refused");
    number_ = std::exchange(other.number_, none);
    if (number_ != none) ++ledger_->of[number_].moved;
    ++ledger_->alive;
  }
  counted& operator=(counted&& other) noexcept {
    std::swap(ledger_, other.ledger_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~counted() {
    if (ledger_ == nullptr) return;
    if (number_ != none) ++ledger_->of[number_].ended;
    --ledger_->alive;
  }
  std::size_t number() const { return number_; }

private:
  static constexpr auto none = static_cast<std::size_t>(-1);
  ledger* ledger_ = nullptr;
  std::size_t number_ = none;
};

template <class C>
C filled(ledger& l) {
  C all;
  if constexpr (requires { all.emplace_back(l, 0); }) {
    if constexpr (requires { all.reserve(many); }) all.reserve(many);
    for (std::size_t i = 0; i < many; ++i) all.emplace_back(l, i);
  } else {
    for (std::size_t i = 0; i < many; ++i) all[i] = counted(l, i);
  }
  return all;
}

// Calls f with every split on several pools.
template <class F>
void everywhere(F f) {
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) f(s);
  });
}

template <class C>
void pass_all_items() {
  everywhere([](const mp::split s) {
    ledger l;
    std::atomic<std::size_t> sum{0};
    mp::par_iter(filled<C>(l)).with(s).for_each([&](counted c) { sum += c.number(); });
    REQUIRE(sum == many * (many - 1) / 2);
    REQUIRE(l.is_balanced());
  });
}

template <class C>
void throw_at_an_item() {
  for (const std::size_t bad : {std::size_t{0}, std::size_t{63}, many / 2, many - 1}) {
    everywhere([bad](const mp::split s) {
      ledger l;
      const auto refuse = [&](counted c) {
        if (c.number() == bad) throw std::out_of_range("bad");
      };
      REQUIRE_THROWS_WITH(mp::par_iter(filled<C>(l)).with(s).for_each(refuse), "bad");
      REQUIRE(l.is_balanced());
    });
  }
}

}  // namespace

TEST_CASE("elements of an owned container end once each when a loop has passed them") {
  pass_all_items<std::vector<counted>>();
  pass_all_items<std::deque<counted>>();
  pass_all_items<std::array<counted, many>>();
}

TEST_CASE("elements of an owned container end once each when a loop throws") {
  throw_at_an_item<std::vector<counted>>();
  throw_at_an_item<std::deque<counted>>();
  throw_at_an_item<std::array<counted, many>>();
}

TEST_CASE("an element is moved out of its container when it is fetched, once") {
  everywhere([](const mp::split s) {
    ledger l;
    std::atomic<int> seen{0};
    mp::par_iter(filled<std::vector<counted>>(l)).with(s).for_each([&](counted&&) { ++seen; });
    REQUIRE(seen == static_cast<int>(many));
    REQUIRE(l.moves() == static_cast<int>(many));
    REQUIRE(l.moved_once_at_most());
    REQUIRE(l.is_balanced());
  });
}

TEST_CASE("an element that is not fetched is not moved") {
  everywhere([](const mp::split s) {
    ledger l;
    std::atomic<int> seen{0};
    const auto refuse = [&](counted&& c) {
      ++seen;
      if (c.number() == 70) throw std::out_of_range("bad");
    };
    auto chain = mp::par_iter(filled<std::vector<counted>>(l)).with(s);
    REQUIRE_THROWS_WITH(std::move(chain).for_each(refuse), "bad");
    REQUIRE(seen >= 71);
    REQUIRE(l.moves() == seen);
    REQUIRE(l.is_balanced());
  });
}

TEST_CASE("adaptors move the container and none of its elements") {
  ledger l;
  {
    auto chain = mp::par_iter(filled<std::vector<counted>>(l))
                     .map([](counted c) { return c.number(); })
                     .with(mp::split_per(10))
                     .map([](std::size_t n) { return n; })
                     .async();
    REQUIRE(l.moves() == 0);
    REQUIRE(l.alive == static_cast<int>(many));
  }
  REQUIRE(l.moves() == 0);
  REQUIRE(l.is_balanced());
}

TEST_CASE("a loop that is never awaited ends its container") {
  ledger l;
  {
    const auto never = mp::par_iter(filled<std::deque<counted>>(l)).async().count();
    REQUIRE(l.alive == static_cast<int>(many));
  }
  REQUIRE(l.is_balanced());
}

TEST_CASE("an element whose constructor throws stays in its container") {
  for (const std::size_t bad : {std::size_t{0}, std::size_t{100}, many - 1}) {
    everywhere([bad](const mp::split s) {
      ledger l;
      auto all = filled<std::vector<counted>>(l);
      l.refuses_to_move = bad;
      const auto pass = [](counted&&) {};
      REQUIRE_THROWS_WITH(mp::par_iter(std::move(all)).with(s).for_each(pass), "refused");
      REQUIRE(l.of[bad].moved == 0);
      REQUIRE(l.is_balanced());
    });
  }
}

TEST_CASE("of an owned container in a zip, elements beyond the shortest source end with it") {
  everywhere([](const mp::split s) {
    ledger l;
    auto pairs = mp::zip_min(filled<std::vector<counted>>(l), mp::par_range(50));
    std::move(pairs).with(s).for_each([](counted&&, int) {});
    for (std::size_t i = 50; i < many; ++i) REQUIRE(l.of[i].moved == 0);
    REQUIRE(l.is_balanced());
  });
}
