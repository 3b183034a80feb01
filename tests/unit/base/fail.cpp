// SPDX-License-Identifier: MIT OR Apache-2.0
// fail: what a program says before it aborts over a broken rule.
#include <micropool/detail/base/macros.hpp>

#include "catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace {

struct ending {
  int status = 0;
  std::string standard_error;
};

// Runs `body` in a child process with its standard error in a pipe.
template <class Body>
ending end_of(Body body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Catch2's own handler would report the signal as a failure of the parent's test case.
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    body();
    _exit(0);
  }
  close(ends[1]);
  ending seen;
  char buffer[512];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    seen.standard_error.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  REQUIRE(waitpid(child, &seen.status, 0) == child);
  return seen;
}

}  // namespace

TEST_CASE("a broken rule names the rule, what to do and the place, and aborts") {
  const ending seen =
      end_of([] { micropool::detail::fail("x > 0", "give a positive x", "file.cpp", 7); });
  CHECK(WIFSIGNALED(seen.status));
  CHECK(WTERMSIG(seen.status) == SIGABRT);
  CHECK_THAT(seen.standard_error, micropool_test::contains("x > 0"));
  CHECK_THAT(seen.standard_error, micropool_test::contains("give a positive x"));
  CHECK_THAT(seen.standard_error, micropool_test::contains("file.cpp:7"));
}

TEST_CASE("rules are checked exactly where the library was built with debug checks") {
  const ending kept = end_of([] { MICROPOOL_ASSERT(1 + 1 == 2, "nothing"); });
  CHECK((WIFEXITED(kept.status) && WEXITSTATUS(kept.status) == 0));
  const ending broken = end_of([] { MICROPOOL_ASSERT(1 + 1 == 3, "learn to add"); });
  if (MICROPOOL_DEBUG_CHECKS) {
    CHECK(WIFSIGNALED(broken.status));
    CHECK_THAT(broken.standard_error, micropool_test::contains("learn to add"));
  } else {
    CHECK((WIFEXITED(broken.status) && WEXITSTATUS(broken.status) == 0));
  }
}
