// SPDX-License-Identifier: MIT OR Apache-2.0
#include "explore.hpp"

#include "runtime/heap.hpp"
#include "runtime/machine.hpp"
#include "runtime/mutant.hpp"
#include "runtime/trace.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace simulation {
namespace {

constexpr std::size_t lines_of_account = 120;
constexpr std::uint64_t steps_to_shrink = 20'000'000;

std::unique_ptr<search> search_for(const options& how) {
  switch (how.by) {
    case strategy::random: return random_search(how.first_seed);
    case strategy::priorities: return priority_search(how.first_seed, how.changes, how.steps);
    case strategy::exhaustive: break;
  }
  return exhaustive_search(how.preemptions);
}

class explorer {
public:
  explorer(const options& how, const std::function<void()>& program)
      : program_(program) {
    world.step_limit = how.step_limit;
    world.nanoseconds_per_step = how.nanoseconds_per_step;
    world.checks_leaks = how.check_leaks;
    world.leaves_threads = how.leaves_threads;
    // A switch there would be free, and an exhaustive search would try them all.
    world.pauses_yield = how.by != strategy::exhaustive;
    world.recycles = how.recycle_frames;
    world.stale_reads = how.stale_reads;
    world.has_membarrier = how.has_membarrier;
  }

  bool passes(search& decides) {
    world.decides = &decides;
    return run(
        [](void* p) {
          const explorer& e = *static_cast<explorer*>(p);
          e.program_();
        },
        this);
  }

  // Repeats the schedule with fewer and fewer decisions that are not plain, as long as it fails.
  schedule shrunk(schedule failing) {
    std::uint64_t steps = 0;
    const auto still_fails = [&](const schedule& s) {
      const auto again = replay(s);
      again->begin();
      const bool passed = passes(*again);
      steps += world.steps;
      return !passed;
    };
    for (std::size_t part = failing.size(); part > 0 && steps < steps_to_shrink; part /= 2) {
      for (std::size_t at = 0; at < failing.size() && steps < steps_to_shrink; at += part) {
        const auto begin = static_cast<std::ptrdiff_t>(at);
        const auto end = static_cast<std::ptrdiff_t>(std::min(at + part, failing.size()));
        if (std::all_of(failing.begin() + begin, failing.begin() + end,
                        [](auto d) { return d == 0; })) {
          continue;
        }
        schedule simpler = failing;
        std::fill(simpler.begin() + begin, simpler.begin() + end, std::uint16_t{0});
        if (still_fails(simpler)) failing = std::move(simpler);
      }
    }
    return failing;
  }

  std::string account_of(const schedule& failing) {
    const auto again = replay(failing);
    again->begin();
    begin_trace();
    const bool passed = passes(*again);
    return (passed ? "the execution cannot be repeated\n" : "") + end_trace(lines_of_account);
  }

private:
  const std::function<void()>& program_;
};

}  // namespace

result explore(const options& how, const std::function<void()>& program) {
  prepare_mutant();
  result r;
  schedule decisions;
  const auto decides = recorded(search_for(how), decisions);
  explorer e(how, program);
  while (r.executions < how.executions) {
    if (!decides->begin()) {
      r.is_complete = true;
      break;
    }
    const bool passed = e.passes(*decides);
    ++r.executions;
    r.steps += world.steps;
    if (world.pruned) {
      ++r.pruned;
      continue;
    }
    if (passed) {
      if (world.note_count > 0) {
        ++r.outcomes[std::vector<int>(world.notes, world.notes + world.note_count)];
      }
      continue;
    }
    r.failure = world.reason;
    r.seed = how.first_seed + r.executions - 1;
    if (has_mutant()) break;  // that it fails is all that is asked
    const schedule shortest = e.shrunk(decisions);
    r.account = e.account_of(shortest);
    r.account += r.failure + "\n(seed " + std::to_string(r.seed) + ", the shortest schedule found: " +
                 world.reason + ")\n";
    break;
  }
  write_places();
  return r;
}

void check(bool condition, const char* what) {
  if (!condition) fail("%s: wrong", what);
}

std::uint64_t allocations() { return heap_block_count(); }

void note(int value) {
  if (world.note_count == max_notes) fail("more than %u notes", max_notes);
  world.notes[world.note_count++] = value;
}

}  // namespace simulation
