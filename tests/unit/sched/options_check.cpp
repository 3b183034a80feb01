// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/usable_cores.hpp"
#include "sched/options_check.hpp"

#include "catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

using micropool::pool_options;
using micropool::detail::checked;
using micropool::detail::max_threads;
using micropool_test::contains;

namespace {

// MICROPOOL_NUM_THREADS for the length of a case.
class variable {
public:
  explicit variable(const char* value) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { set(before_ ? before_->c_str() : nullptr); }

private:
  static constexpr const char* name = "MICROPOOL_NUM_THREADS";
  static void set(const char* value) {
    if (value == nullptr) {
      ::unsetenv(name);
    } else {
      ::setenv(name, value, 1);
    }
  }
  std::optional<std::string> before_;
};

std::size_t usual() {
  return std::max<std::size_t>(micropool::detail::usable_cores(), 2) - 1;
}

}  // namespace

TEST_CASE("by default there is a worker for each usable core but the caller's, at least one") {
  const variable unset(nullptr);
  REQUIRE(checked({}).num_threads == usual());
  const variable empty("");
  REQUIRE(checked({}).num_threads == usual());
}

TEST_CASE("the environment replaces the default number of workers, not a given one") {
  const variable five("5");
  REQUIRE(checked({}).num_threads == 5);
  REQUIRE(checked({.num_threads = 3}).num_threads == 3);
  const variable none("0");
  REQUIRE(checked({}).num_threads == 0);
  const variable most("1024");
  REQUIRE(checked({}).num_threads == max_threads);
}

TEST_CASE("an environment variable that is no allowed number is named with its value") {
  for (const std::string text : {"four", "4x", " 4", "-1", "1.5", "99999999999999999999999"}) {
    const variable v(text.c_str());
    REQUIRE_THROWS_AS(checked({}), std::invalid_argument);
    REQUIRE_THROWS_WITH(checked({}),
                        contains("MICROPOOL_NUM_THREADS") && contains("\"" + text + "\""));
    // It does not matter where a number is given.
    REQUIRE(checked({.num_threads = 2}).num_threads == 2);
  }
  const variable many("1025");
  REQUIRE_THROWS_WITH(checked({}), contains("MICROPOOL_NUM_THREADS") && contains("1025"));
}

TEST_CASE("too many threads are rejected, naming option, value and limit") {
  REQUIRE(checked({.num_threads = max_threads}).num_threads == max_threads);
  REQUIRE_THROWS_AS(checked({.num_threads = max_threads + 1}), std::invalid_argument);
  REQUIRE_THROWS_WITH(
      checked({.num_threads = max_threads + 1}),
      contains("pool_options::num_threads") && contains("1025") && contains("1024"));
  REQUIRE_THROWS_WITH(checked({.num_threads = static_cast<std::size_t>(-1)}),
                      contains("18446744073709551615"));
  pool_options o{.num_threads = 1};
  o.background_limit = max_threads + 1;
  REQUIRE_THROWS_WITH(checked(o), contains("pool_options::background_limit") && contains("1025"));
  o.background_limit = 0;
  REQUIRE(checked(o).background_limit == 0);
}

TEST_CASE("a negative spin is rejected, an endless one is long") {
  REQUIRE(checked({.num_threads = 1}).idle_spin == pool_options{}.idle_spin);
  REQUIRE(checked({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)}).idle_spin ==
          std::chrono::nanoseconds(0));
  REQUIRE_THROWS_WITH(
      checked({.num_threads = 1, .shutdown_notice = std::chrono::nanoseconds(-7)}),
      contains("pool_options::shutdown_notice") && contains("-7 ns") && contains("0 means"));
  REQUIRE(checked({.num_threads = 1, .shutdown_notice = std::chrono::hours(0)})
              .shutdown_notice.count() == 0);
  REQUIRE_THROWS_WITH(checked({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(-7)}),
                      contains("pool_options::idle_spin") && contains("-7 ns"));
  const auto longest =
      checked({.num_threads = 1, .idle_spin = std::chrono::nanoseconds::max()}).idle_spin;
  REQUIRE(longest > std::chrono::hours(24));
  // A clock that has run for a hundred years can still be added to it.
  REQUIRE(longest < std::chrono::nanoseconds::max() - std::chrono::years(100));
}

TEST_CASE("other options pass as they are") {
  pool_options o{.num_threads = 1, .thread_name = "physics"};
  o.pinning = micropool::pinning::if_supported;
  o.frame_cache.shared = 12345;
  const pool_options c = checked(o);
  REQUIRE(c.thread_name == "physics");
  REQUIRE(c.pinning == micropool::pinning::if_supported);
  REQUIRE(c.frame_cache.shared == 12345);
}
