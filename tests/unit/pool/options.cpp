// SPDX-License-Identifier: MIT OR Apache-2.0
// From what the user asked for to what the pool does.
#include "base/usable_cores.hpp"
#include "sched/options_check.hpp"

#include "catch.hpp"

#include <sched.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace mp = micropool;
namespace mt = micropool_test;
using micropool::detail::checked;
using namespace std::chrono_literals;

namespace {

std::string refusal(mp::pool_options options) {
  try {
    static_cast<void>(checked(std::move(options)));
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

// The environment of the process must not decide what is tested here.
void forget_environment() { ::unsetenv("MICROPOOL_NUM_THREADS"); }

}  // namespace

TEST_CASE("given options stay what they are") {
  const auto o = checked({.num_threads = 3,
                          .idle_spin = 7us,
                          .thread_name = "name",
                          .background_limit = 2,
                          .pinning = mp::pinning::if_supported,
                          .frame_cache = {.per_thread = 5, .shared = 6}});
  CHECK(o.num_threads == std::size_t{3});
  CHECK(o.idle_spin == 7us);
  CHECK(o.thread_name == "name");
  CHECK(o.background_limit == std::size_t{2});
  CHECK(o.pinning == mp::pinning::if_supported);
  CHECK(o.frame_cache.per_thread == 5);
  CHECK(o.frame_cache.shared == 6);
}

TEST_CASE("the default number of workers is one less than the usable cores and at least one") {
  forget_environment();
  const auto usable = micropool::detail::usable_cores();
  CHECK(checked({}).num_threads == std::max<std::size_t>(usable - 1, 1));
}

TEST_CASE("the default number of workers follows the affinity mask of the thread that asks") {
  forget_environment();
  std::size_t usable = 0;
  std::optional<std::size_t> workers;
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return;
    usable = micropool::detail::usable_cores();
    workers = checked({}).num_threads;
  }).join();
  CHECK(usable == 1);
  CHECK(workers == std::size_t{1});
}

TEST_CASE("each refusal begins with the library and names option, value and rule") {
  const std::string most = std::to_string(micropool::detail::max_threads);
  CHECK(refusal({.num_threads = 1025}) ==
        "micropool: pool_options::num_threads = 1025: at most " + most + " are allowed");
  CHECK(refusal({.num_threads = 1, .idle_spin = -1ns}) ==
        "micropool: pool_options::idle_spin = -1 ns: must not be negative, as durations of more than "
        "292 years become");
  CHECK(refusal({.num_threads = 1, .background_limit = 2000}) ==
        "micropool: pool_options::background_limit = 2000: at most " + most + " are allowed");
}

TEST_CASE("the limits themselves are allowed") {
  CHECK(checked({.num_threads = 0}).num_threads == std::size_t{0});
  CHECK(checked({.num_threads = 1024}).num_threads == std::size_t{1024});
  CHECK(checked({.num_threads = 1, .idle_spin = 0ns}).idle_spin == 0ns);
  CHECK(checked({.num_threads = 1, .background_limit = 1024}).background_limit ==
        std::size_t{1024});
}

TEST_CASE("an idle_spin for ever becomes one that the clock can count") {
  const auto o = checked({.num_threads = 1, .idle_spin = std::chrono::nanoseconds::max()});
  CHECK(o.idle_spin >= 24h * 300);
  CHECK(o.idle_spin < std::chrono::nanoseconds::max() / 2);
}
