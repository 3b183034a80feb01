// SPDX-License-Identifier: MIT OR Apache-2.0
// tour: two nested joins whose branches sleep, and a background task, to see which thread runs
// what, and who helps whom.
//
// The branches are plain lambdas, so that every join blocks the thread that calls it. A blocked
// thread takes part in its own call, and in nothing else; and no worker begins the background task
// while a branch waits to be taken. The program watches that and says what it saw. Exit status: 0,
// or 1 where one of these rules was broken.
//
// MICROPOOL_NUM_THREADS sets the number of workers; 0 is possible: then the main thread does it
// all.
#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "hold.hpp"
#include "record.hpp"

namespace mp = micropool;

namespace {

using namespace std::chrono_literals;
using tour::call;

// The branch that the outer join offers to the workers.
enum class offer { not_made, open, over };

// What the background task saw when it began.
struct beginning {
  tour::thread_name runner;
  offer of_right = offer::not_made;
};

void tell(const tour::branch_record& each) {
  std::string how;
  if (each.of.empty()) {
    how = each.blocked_in.empty()
              ? "which was in no join"
              : "which was blocked in " + each.blocked_in + " and was NOT waiting for it";
  } else if (each.runner == each.caller) {
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

bool judge_joins(const std::vector<tour::branch_record>& records) {
  bool was_helped = false;
  for (const tour::branch_record& each : records) {
    was_helped = was_helped || (!each.of.empty() && each.runner != each.caller);
  }
  if (!was_helped) std::printf("  No other thread was free in time to help.\n");
  std::fflush(stdout);
  if (!tour::rule_kept(records)) {
    std::fprintf(stderr,
                 "WARNING: a blocked thread ran something unrelated to what it waited for\n");
    return false;
  }
  std::printf("While a thread was blocked in a join it ran nothing unrelated to that join.\n");
  return true;
}

bool judge_background(const beginning& b, const tour::thread_name& main_thread) {
  if (b.of_right != offer::over) {
    std::fprintf(stderr, "WARNING: the background task began before the joins' work was taken\n");
    return false;
  }
  if (mp::num_threads() == 0) {
    std::printf(
        "The background task was run by the main thread, which joined it in the end: there "
        "is no worker, so there is no other thread.\n");
    return true;
  }
  if (b.runner == main_thread) {
    std::fprintf(stderr, "WARNING: the main thread ran the background task without joining it\n");
    return false;
  }
  std::printf(
      "The background task was queued before the joins, but %s began it only when the "
      "branch that the outer join offers had been taken.\n",
      b.runner.text.c_str());
  return true;
}

}  // namespace

int main() {
  tour::recorder recorder;
  tour::workers_held held;  // or one of them might begin B before there is any other work
  std::atomic<offer> of_right{offer::not_made};
  recorder.letter('A');

  beginning of_b;
  std::latch b_has_run(1);
  auto background = mp::spawn_owned([&] {
    of_b = {tour::this_thread(), of_right};
    recorder.apart("background", [&] { recorder.letter('B'); });
    b_has_run.count_down();
  });

  const auto left = [&](const call&) {
    of_right = offer::open;
    held.let_one_go();
    std::this_thread::sleep_for(20ms);
    recorder.letter('C');
    of_right = offer::over;  // from here on the main thread may take it itself
  };
  const auto right = [&](const call& outer) {
    of_right = offer::over;
    recorder.letter('D');
    held.let_the_rest_go();
    const auto inner_left = [&](const call&) {
      std::this_thread::sleep_for(200ms);
      recorder.letter('E');
    };
    const auto inner_right = [&](const call&) { recorder.letter('F'); };
    recorder.join("the inner join", &outer, "inner_left", inner_left, "inner_right", inner_right);
  };
  recorder.join("the outer join", nullptr, "left", left, "right", right);

  // A join could run the task here; where there are workers one of them is to do it.
  if (mp::num_threads() > 0) b_has_run.wait();
  background.join();

  std::printf("\nWho ran what:\n");
  for (const tour::branch_record& each : recorder.records()) tell(each);
  const bool joins_ok = judge_joins(recorder.records());
  const bool background_ok = judge_background(of_b, tour::this_thread());
  return joins_ok && background_ok ? 0 : 1;
}
