// SPDX-License-Identifier: MIT OR Apache-2.0
// Turns a hang into a report: names the test case, shows state and stack of every thread, aborts.
// It polls a few times per second, so that it does not disturb what tests measure.
#pragma once

#include <chrono>
#include <string_view>

namespace micropool_test {

// Starts the thread that watches; once per process, before the first test case.
void start_watchdog(std::chrono::seconds limit_per_stage);

// The clock starts anew. `stage` is what the report will say was running.
void watch_stage(std::string_view stage);

}  // namespace micropool_test
