// SPDX-License-Identifier: MIT OR Apache-2.0
// tour: two nested joins whose branches sleep, to see which thread runs what, and who helps whom.
//
// The branches are plain lambdas, so that every join blocks the thread that calls it. A blocked
// thread takes part in its own call, and in nothing else; the program watches that and says what
// it saw. Exit status: 0, or 1 where a blocked thread ran something unrelated.
//
// MICROPOOL_NUM_THREADS sets the number of workers; 0 is possible: then the main thread does it
// all.
#include <micropool/micropool.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "record.hpp"

namespace {

using namespace std::chrono_literals;
using tour::call;

void tell(const tour::branch_record& each) {
  std::string how;
  if (each.runner == each.caller) {
    how = "which had called " + each.of + " itself";
  } else {
    how = (each.blocked_in.empty() ? "which was idle" : "which was blocked in " + each.blocked_in) +
          ": it helped " + each.caller.text;
    if (!each.blocked_in.empty()) {
      how += each.waits_for_it ? " with a part of what it was waiting for"
                               : " with something it was NOT waiting for";
    }
  }
  std::printf("  %-11s was run by %s, %s.\n", each.branch.c_str(), each.runner.text.c_str(),
              how.c_str());
}

int judge(const std::vector<tour::branch_record>& records) {
  std::printf("\nWho ran what:\n");
  bool anybody_helped = false;
  for (const tour::branch_record& each : records) {
    tell(each);
    anybody_helped = anybody_helped || each.runner != each.caller;
  }
  if (!anybody_helped) std::printf("  Nobody helped: no other thread was free in time.\n");
  std::fflush(stdout);
  if (!tour::rule_kept(records)) {
    std::fprintf(stderr,
                 "WARNING: a blocked thread ran something unrelated to what it waited for\n");
    return 1;
  }
  std::printf("While a thread was blocked in a join it ran nothing unrelated to that join.\n");
  return 0;
}

}  // namespace

int main() {
  tour::recorder recorder;
  recorder.letter('A');

  const auto left = [&](const call&) {
    std::this_thread::sleep_for(20ms);
    recorder.letter('C');
  };
  const auto right = [&](const call& outer) {
    recorder.letter('D');
    const auto inner_left = [&](const call&) {
      std::this_thread::sleep_for(200ms);
      recorder.letter('E');
    };
    const auto inner_right = [&](const call&) { recorder.letter('F'); };
    recorder.join("the inner join", &outer, "inner_left", inner_left, "inner_right", inner_right);
  };
  recorder.join("the outer join", nullptr, "left", left, "right", right);

  return judge(recorder.records());
}
