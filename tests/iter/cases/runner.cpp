// SPDX-License-Identifier: MIT OR Apache-2.0
#include "runner.hpp"

#include "gate.hpp"
#include "input.hpp"
#include "watchdog.hpp"

#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <ostream>
#include <sstream>
#include <utility>

namespace micropool_test {
namespace {

struct named_split {
  const char* name;
  micropool::split pieces;
};
const std::vector<named_split>& every_split() {
  static const std::vector<named_split> all{
      {"auto", micropool::split_auto()},         {"by_threads", micropool::split_by_threads()},
      {"by(1)", micropool::split_by(1)},         {"by(3)", micropool::split_by(3)},
      {"by(1000)", micropool::split_by(1000)},   {"per(1)", micropool::split_per(1)},
      {"per(7)", micropool::split_per(7)},       {"per(1000)", micropool::split_per(1000)},
      {"per_item", micropool::split_per_item()},
  };
  return all;
}

enum class called { blocking, awaited, from_worker };
constexpr const char* name_of(called how) {
  return how == called::blocking  ? "blocking"
         : how == called::awaited ? "awaited"
                                  : "from a worker";
}

// An exception that the case is not about is an outcome as well.
template <class F>
outcome outcome_or_error(F&& f, std::string& error) {
  try {
    return f();
  } catch (const item_error& e) {
    return outcome_of(e);
  } catch (const std::exception& e) {
    error = e.what();
    return {};
  }
}

// The outcome of a long chain would hide the others: a few numbers, from shortly before `from` on.
void show(std::ostream& to, const outcome& o, std::size_t from) {
  to << o.size() << " numbers:";
  const std::size_t begin = std::min(from < 3 ? 0 : from - 3, o.size());
  if (begin != 0) to << " ...";
  for (std::size_t i = begin; i < std::min(o.size(), begin + 12); ++i) to << ' ' << o[i];
}

// Empty if there is no difference.
std::string compared(const outcome& expected, const outcome& got, const std::string& error) {
  std::ostringstream text;
  if (!error.empty()) {
    text << "threw \"" << error << '"';
  } else if (expected != got) {
    const auto at = std::ranges::mismatch(expected, got).in1 - expected.begin();
    text << "expected ";
    show(text, expected, static_cast<std::size_t>(at));
    text << "; got ";
    show(text, got, static_cast<std::size_t>(at));
  }
  return text.str();
}

// One case for one size of the input, over every split.
void run_case(const iter_case& c, std::size_t n, called how, std::size_t workers,
              std::vector<std::string>& differences) {
  std::string error;
  const outcome expected = outcome_or_error([&] { return c.serial(n); }, error);
  for (const named_split& s : every_split()) {
    // A worker is a place to block and to await in turns: the split says which.
    const bool awaits =
        how == called::awaited || (how == called::from_worker && s.pieces.number() % 2 == 1);
    const outcome got = outcome_or_error(
        [&] { return awaits ? c.awaited(s.pieces, n) : c.blocking(s.pieces, n); }, error);
    if (const std::string difference = compared(expected, got, error); !difference.empty()) {
      std::ostringstream line;
      line << c.name << ": n = " << n << ", " << s.name << ", " << workers << " workers, "
           << name_of(how) << ": " << difference;
      differences.push_back(line.str());
    }
    error.clear();
  }
}

// Calls f on a worker; the calling thread is held meanwhile and does not help.
template <class F>
void call_on_worker(micropool::thread_pool& pool, F f) {
  countdown ended(1);
  pool.join([&] { ended.wait(); },
            [&] {
              f();
              ended.arrive();
            });
}

}  // namespace

std::vector<std::string> differences(const case_list& list) {
  std::vector<std::string> all;
  for (const std::size_t workers :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    micropool::thread_pool pool({.num_threads = workers});
    for (const called how : {called::blocking, called::awaited, called::from_worker}) {
      const auto run_all = [&] {
        for (const iter_case& c : list.cases()) {
          watch_stage(c.name);
          for (const std::size_t n : input_sizes) {
            // The largest input takes longer than all others together: one pool is enough for it.
            const bool is_for_this_pool = n < input_sizes.back() || workers == 2;
            if (n <= c.largest && is_for_this_pool) run_case(c, n, how, workers, all);
          }
        }
      };
      if (how != called::from_worker) {
        pool.install(run_all);
      } else if (workers == 0) {
        pool.join([] {}, run_all);  // inside a job of the thread that calls
      } else {
        call_on_worker(pool, run_all);
      }
    }
  }
  return all;
}

}  // namespace micropool_test
