// SPDX-License-Identifier: MIT OR Apache-2.0
// word_index: the words of a directory tree, counted with coroutine tasks and checked against a
// serial run. Start reading at index_parallel.cpp.
#include <micropool/thread_pool.hpp>

#include <exception>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "index.hpp"
#include "options.hpp"
#include "report.hpp"

namespace mp = micropool;

namespace word_index {
namespace {

enum exit_status { all_read = 0, some_unreadable = 1, bad_usage = 2, failed = 3 };

mp::pool_options pool_options_for(const options& chosen) {
  mp::pool_options result;
  // The calling thread counts as well, so N threads are N - 1 workers; no worker at all is fine.
  if (chosen.threads) result.num_threads = *chosen.threads - 1;
  result.thread_name = "word_index";
  return result;
}

int run_all(const options& chosen) {
  std::error_code error;
  if (const auto type = std::filesystem::status(chosen.root, error).type();
      type != std::filesystem::file_type::directory) {
    std::cerr << "word_index: " << printable(chosen.root) << ": "
              << (error ? error.message() : "is not a directory") << '\n';
    return bad_usage;
  }

  std::optional<run> parallel;
  std::optional<run> serial;
  std::optional<mp::thread_pool> pool;
  if (chosen.parallel && chosen.serial) {
    // Once for nothing, so that both runs that are compared find the files in memory.
    mp::thread_pool first(pool_options_for(chosen));
    index_parallel(chosen.root, chosen.policy, first);
  }
  if (chosen.parallel) {
    pool.emplace(pool_options_for(chosen));
    parallel = index_parallel(chosen.root, chosen.policy, *pool);
  }
  if (chosen.serial) serial = index_serial(chosen.root, chosen.policy);

  const run& result = parallel ? *parallel : *serial;
  std::cout << std::fixed << std::setprecision(3);
  report_totals(std::cout, chosen.root, result.sum, chosen.top);
  std::cout << '\n';
  if (parallel) {
    std::cout << "parallel  " << parallel->seconds << " s, " << pool->num_threads() + 1
              << " threads: the caller and " << pool->num_threads() << " of the pool\n";
  }
  if (serial) std::cout << "serial    " << serial->seconds << " s\n";
  if (parallel && serial) {
    std::cout << "ratio     " << serial->seconds / parallel->seconds << " times as fast\n";
  }
  if (parallel) {
    std::cout << '\n';
    report_participants(std::cout, *parallel, pool->stats());
  }
  report_problems(std::cerr, result.sum.problems);

  if (!std::cout.flush()) {
    std::cerr << "word_index: cannot write the report\n";
    return failed;
  }
  if (parallel && serial && parallel->sum != serial->sum) {
    std::cerr << "word_index: the parallel and the serial run found different things: was the tree "
                 "changed meanwhile?\n";
    return failed;
  }
  return result.sum.problems.empty() ? all_read : some_unreadable;
}

}  // namespace
}  // namespace word_index

int main(int argc, char** argv) {
  namespace wi = word_index;
  try {
    const wi::options chosen = wi::parse(argc, argv);
    if (chosen.help) {
      std::cout << wi::usage;
      return std::cout.flush() ? wi::all_read : wi::failed;
    }
    try {
      return wi::run_all(chosen);
    } catch (const wi::read_error& error) {  // only the root's comes up to here
      std::cerr << "word_index: " << wi::printable(chosen.root) << ": " << error.what() << '\n';
      return wi::bad_usage;
    }
  } catch (const wi::usage_error& error) {
    std::cerr << "word_index: " << error.what() << "\n(word_index --help lists the options)\n";
    return wi::bad_usage;
  } catch (const std::invalid_argument& error) {  // the pool refuses such a number of threads
    std::cerr << "word_index: --threads: " << error.what() << '\n';
    return wi::bad_usage;
  } catch (const std::exception& error) {
    std::cerr << "word_index: " << error.what() << '\n';
    return wi::failed;
  }
}
