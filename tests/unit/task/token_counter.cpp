// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/task/fork_join.hpp>

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

using micropool::detail::token_counter;

TEST_CASE("only the part that returns the last token is told so") {
  token_counter c(3);
  REQUIRE_FALSE(c.arrive());
  REQUIRE_FALSE(c.arrive());
  REQUIRE(c.arrive());
}

TEST_CASE("tokens may be given back several at a time") {
  token_counter all(3);
  REQUIRE(all.arrive(3));
  token_counter some(4);
  REQUIRE_FALSE(some.arrive(3));
  REQUIRE(some.arrive(1));
}

TEST_CASE("exactly one thread gives the last token back, sees what all wrote, and may end it") {
  constexpr std::size_t threads = 3;
  struct shared {
    token_counter tokens{static_cast<std::int64_t>(threads)};
    int parts[threads]{};  // plain: published by the counter
  };
  const std::size_t rounds = micropool_test::scaled(3'000);
  std::vector<std::unique_ptr<shared>> all(rounds);
  for (auto& s : all) s = std::make_unique<shared>();
  std::atomic<std::size_t> lasts{0};
  std::atomic<std::size_t> unseen{0};
  std::vector<std::thread> team;
  micropool_test::countdown start(threads);
  for (std::size_t t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      start.arrive_and_wait();
      for (auto& s : all) {
        s->parts[t] = 1;
        if (!s->tokens.arrive()) continue;
        lasts.fetch_add(1);
        for (const int part : s->parts) unseen.fetch_add(part != 1);
        s.reset();
      }
    });
  }
  for (std::thread& t : team) t.join();
  REQUIRE(lasts == rounds);
  REQUIRE(unseen == 0);
}
