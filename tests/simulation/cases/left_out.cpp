// SPDX-License-Identifier: MIT OR Apache-2.0
#include "left_out.hpp"

#include <algorithm>
#include <iterator>

namespace micropool_test::cases {
namespace {

// One case of a file that takes part.
struct entry {
  const char* name;
  bool is_known = false;
};

entry table[] = {
    // Child processes
    {"a detached task whose handle is destroyed does not end the program by default"},
    {"a given number of threads wins over MICROPOOL_NUM_THREADS"},
    {"a MICROPOOL_NUM_THREADS that is no number is refused with name and value"},
    {"a pool destroyed by its own background task says so and ends the process"},
    {"a pool destroyed by its own worker says so and ends the process"},
    {"a pool destroyed from inside a call on it says so and ends the process"},
    {"a pool may be a static object"},
    {"a shutdown that takes longer than its notice says what it waits for"},
    {"a spawn_handler that uses the global pool which it is starting is told so"},
    {"an empty MICROPOOL_NUM_THREADS counts as none"},
    {"an exception of a hook that no handler takes ends the process with its text"},
    {"destructors of static and thread-local objects may use the global pool"},
    {"init_global_pool decides how the global pool is made if it comes first"},
    {"MICROPOOL_NUM_THREADS is the default number of workers"},
    {"of many threads that use the global pool first all get the same one"},
    {"the first free function reports a bad MICROPOOL_NUM_THREADS each time it is called"},
    {"the first use of the global pool may be in a static destructor"},
    {"without a handler an unobserved exception is printed and ends the process"},

    // More threads than the machine has
    {"a pool has the number of workers it was asked for"},
    {"promise 2: more joins may be live at once than there are threads or slots of any kind"},

    // Names of threads, and traps of the processor
    {"a long name is cut so that the index stays whole"},
    {"promise 12: an exception that one caller has raised does not trap in the work of the next"},
    {"workers are named after the pool and their index"},
    {"promise 7: a publisher wakes no thread while one worker searches and the others sleep"},
    {"workers of a pool without a name keep the name of the thread that made it"},

    // Millions of steps: threads that spin for seconds, or compute
    {"a sum whose parts would overflow is what the whole is"},
    {"helpers of a background loop have ended when it has, also while the pool shuts down"},
    {"join_all runs every branch of a range of any length"},
    {"promise 2: a background coroutine that a background task waits for resumes on a "
     "caller that waits for it"},
    {"promise 3: an inner join inside one of 14 items ends without running the others"},
    {"promise 3: who awaits a task in the foreground leaves other background work alone"},
    {"promise 7: a spawn wakes no thread while all workers are awake"},
    {"promise 7: a spawn wakes one sleeper, which wakes no other"},
    {"promise 7: no thread is woken while all workers are awake"},
    {"promise 8: of a scope's children that throw on any thread the lowest number arrives"},
};

}  // namespace

bool leave_out(const std::string& name) {
  for (entry& e : table) {
    if (name != e.name) continue;
    e.is_known = true;
    return true;
  }
  return false;
}

std::vector<std::string> never_left_out() {
  std::vector<std::string> names;
  for (const entry& e : table) {
    if (!e.is_known) names.emplace_back(e.name);
  }
  return names;
}

std::size_t left_out_count() { return std::size(table); }

}  // namespace micropool_test::cases
