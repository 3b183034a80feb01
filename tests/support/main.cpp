// SPDX-License-Identifier: MIT OR Apache-2.0
// The main function of every Catch2 test program: runs the cases under the watchdog, fails when
// none ran, and ends with a line that tests/support/summary.py counts.
#include "env.hpp"
#include "watchdog.hpp"

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using listener_base = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
using listener_base = Catch::TestEventListenerBase;
#endif

#include <chrono>
#include <cstdio>
#include <string>

namespace {

struct outcome {
  bool ran = false;
  unsigned long long passed = 0;
  unsigned long long failed = 0;
};

outcome totals;

class listener : public listener_base {
public:
  using listener_base::listener_base;

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    micropool_test::watch_stage("test case \"" + std::string(info.name) + "\"");
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    const auto& cases = stats.totals.testCases;
    totals = {true, cases.passed, cases.failed + cases.failedButOk};
    micropool_test::watch_stage("end of the process, after the last test case");
  }
};

CATCH_REGISTER_LISTENER(listener)

}  // namespace

int main(int argc, char** argv) {
  const auto limit = micropool_test::env_number("MICROPOOL_TEST_TIMEOUT").value_or(60);
  micropool_test::start_watchdog(std::chrono::seconds(limit));
  const int status = Catch::Session().run(argc, argv);
  if (!totals.ran) return status;
  if (totals.passed + totals.failed == 0) {
    std::fprintf(stderr, "no test case ran\n");
    return status == 0 ? 3 : status;
  }
  std::printf("test cases: %llu passed, %llu failed\n", totals.passed, totals.failed);
  return status;
}
