// SPDX-License-Identifier: MIT OR Apache-2.0
// pool_options: what is nonsense is refused with a text that names option and value.
#include "catch.hpp"
#include "child_process.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace mp = micropool;
namespace mt = micropool_test;
using namespace std::chrono_literals;

namespace {

// The text of the std::invalid_argument that a pool with these options throws.
std::string refusal(mp::pool_options options) {
  try {
    const mp::thread_pool pool(std::move(options));
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

// What a default pool says when the environment variable has this value.
std::string with_environment(const std::string& value) {
  const auto child =
      mt::run_as_child("child: reports its default pool", {"MICROPOOL_NUM_THREADS=" + value});
  CHECK(child.exit_code == 0);
  return child.output;
}

}  // namespace

TEST_CASE("the example of the documentation compiles and does what it says") {
  mp::thread_pool pool({.num_threads = 3, .idle_spin = 50us, .thread_name = "physics"});
  CHECK(pool.num_threads() == 3);
  CHECK(pool.install([] { return mp::num_threads(); }) == 3);
}

TEST_CASE("a pool has the number of workers it was asked for") {
  for (const std::size_t n : {0u, 1u, 2u, 7u, 64u}) {
    mp::thread_pool pool({.num_threads = n});
    CHECK(pool.num_threads() == n);
    mt::meet_all_workers(pool);
  }
}

TEST_CASE("a default pool has at least one worker") {
  const mp::thread_pool pool;
  CHECK(pool.num_threads() >= 1);
  CHECK(pool.num_threads() <= mp::thread_pool::max_threads);
}

TEST_CASE("too many threads are refused with the option and the value and the maximum") {
  const auto text = refusal({.num_threads = mp::thread_pool::max_threads + 1});
  CHECK_THAT(text, mt::contains("num_threads"));
  CHECK_THAT(text, mt::contains("1025"));
  CHECK_THAT(text, mt::contains("1024"));
  CHECK_THAT(refusal({.num_threads = static_cast<std::size_t>(-1)}), mt::contains("num_threads"));
}

TEST_CASE("a negative idle_spin is refused with the option and the value") {
  const auto text = refusal({.num_threads = 1, .idle_spin = -5ns});
  CHECK_THAT(text, mt::contains("idle_spin"));
  CHECK_THAT(text, mt::contains("-5"));
}

TEST_CASE("an idle_spin of nothing and of for ever are both legal") {
  for (const auto spin : {0ns, std::chrono::nanoseconds::max()}) {
    mp::thread_pool pool({.num_threads = 1, .idle_spin = spin});
    for (int i = 0; i < 3; ++i) mt::meet_all_workers(pool);
  }
}

TEST_CASE("a background_limit beyond the maximum of threads is refused with option and value") {
  const auto text = refusal({.num_threads = 1, .background_limit = 5000});
  CHECK_THAT(text, mt::contains("background_limit"));
  CHECK_THAT(text, mt::contains("5000"));
  CHECK(refusal({.num_threads = 1, .background_limit = 0}) == "accepted");
}

TEST_CASE("a pinning that is none of its values is refused with the option and the value") {
  const int bad = GENERATE(3, -1, 1000);
  const auto text =
      refusal({.num_threads = 0, .pinning = static_cast<mp::pinning>(bad)});
  CHECK_THAT(text, mt::contains("pool_options::pinning"));
  CHECK_THAT(text, mt::contains(std::to_string(bad)));
}

TEST_CASE("a shutdown that is none of its values is refused with the value, and ends nothing") {
  mp::thread_pool pool({.num_threads = 1});
  CHECK_THROWS_AS(pool.shutdown(static_cast<mp::shutdown>(2)), std::invalid_argument);
  CHECK_THROWS_WITH(pool.shutdown(static_cast<mp::shutdown>(2)),
                    mt::contains("thread_pool::shutdown") && mt::contains("2"));
  mt::meet_all_workers(pool);
}

TEST_CASE("limits as large as can be are no limits") {
  constexpr auto most = static_cast<std::size_t>(-1);
  mp::thread_pool pool({.num_threads = 1,
                        .frame_cache = {.per_thread = most, .shared = most},
                        .stacks = {.per_thread = most, .shared = most}});
  CHECK(pool.sync_wait(mp::stackful([] { return 7; })) == 7);
}

TEST_CASE("a pool that keeps no memory for frames works all the same") {
  mp::thread_pool pool({.num_threads = 2, .frame_cache = {.per_thread = 0, .shared = 0}});
  const auto tree = [](auto& self, int depth) -> mp::task<int> {
    if (depth == 0) co_return 1;
    auto [a, b] = co_await mp::join(self(self, depth - 1), self(self, depth - 1));
    co_return a + b;
  };
  CHECK(pool.sync_wait(tree(tree, 10)) == 1024);
}

TEST_CASE("MICROPOOL_NUM_THREADS is the default number of workers") {
  CHECK_THAT(with_environment("3"), mt::contains("default pool: 3 workers"));
  CHECK_THAT(with_environment("0"), mt::contains("default pool: 0 workers"));
  CHECK_THAT(with_environment("1024"), mt::contains("default pool: 1024 workers"));
}

TEST_CASE("an empty MICROPOOL_NUM_THREADS counts as none") {
  const auto without =
      mt::run_as_child("child: reports its default pool", {"MICROPOOL_NUM_THREADS"});
  CHECK_THAT(without.output, mt::contains("default pool: "));
  const auto line = [](const std::string& output) {
    const auto begin = output.find("default pool: ");
    return begin == std::string::npos ? output
                                      : output.substr(begin, output.find('\n', begin) - begin);
  };
  CHECK(line(with_environment("")) == line(without.output));
}

TEST_CASE("a MICROPOOL_NUM_THREADS that is no number is refused with name and value") {
  const std::string bad =
      GENERATE("four", "-1", "3x", " 3", "+3", "1025", "2.5", "0x10", "99999999999999999999999");
  CAPTURE(bad);
  const auto output = with_environment(bad);
  CHECK_THAT(output, mt::contains("refused: "));
  CHECK_THAT(output, mt::contains("MICROPOOL_NUM_THREADS"));
  CHECK_THAT(output, mt::contains(bad));
}

TEST_CASE("a given number of threads wins over MICROPOOL_NUM_THREADS") {
  const auto child = mt::run_as_child("child: makes a pool of two", {"MICROPOOL_NUM_THREADS=7"});
  CHECK_THAT(child.output, mt::contains("pool of 2"));
  const auto bad = mt::run_as_child("child: makes a pool of two", {"MICROPOOL_NUM_THREADS=bad"});
  CHECK_THAT(bad.output, mt::contains("pool of 2"));
}

TEST_CASE("the first free function reports a bad MICROPOOL_NUM_THREADS each time it is called") {
  const auto child = mt::run_as_child("child: uses the global pool twice and recovers",
                                      {"MICROPOOL_NUM_THREADS=many"});
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("refused twice and then 3"));
}

TEST_CASE("child: reports its default pool", "[.child]") {
  try {
    const mp::thread_pool pool;
    std::printf("default pool: %zu workers\n", pool.num_threads());
  } catch (const std::invalid_argument& e) {
    std::printf("refused: %s\n", e.what());
  }
  SUCCEED();
}

TEST_CASE("child: makes a pool of two", "[.child]") {
  const mp::thread_pool pool({.num_threads = 2});
  std::printf("pool of %zu\n", pool.num_threads());
  SUCCEED();
}

TEST_CASE("child: uses the global pool twice and recovers", "[.child]") {
  int refused = 0;
  for (int i = 0; i < 2; ++i) {
    try {
      mp::join([] {}, [] {});
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  CHECK(refused == 2);
  // What was refused has not been started.
  mp::init_global_pool({.num_threads = 3});
  const auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
  if (refused == 2) std::printf("refused twice and then %d\n", a + b);
}
