// SPDX-License-Identifier: MIT OR Apache-2.0
// legacy_visitor: a parser that cannot be changed, whose callbacks wait for parallel work without a
// thread of their own. Start reading at visitor.hpp, then run_stackful.cpp.
#include <micropool/thread_pool.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "options.hpp"
#include "report.hpp"
#include "run.hpp"

namespace mp = micropool;

namespace legacy_visitor {
namespace {

enum exit_status { all_read = 0, some_unreadable = 1, bad_usage = 2, failed = 3 };

mp::pool_options pool_options_for(const options& chosen) {
  mp::pool_options result;
  // The calling thread counts as well, so N threads are N - 1 workers; no worker at all is fine.
  if (chosen.threads) result.num_threads = *chosen.threads - 1;
  result.thread_name = "visitor";
  return result;
}

/// Only notes the names.
class collects_names final : public name_service {
public:
  similar ask(std::string_view name) override {
    found.emplace_back(name);
    return {};
  }
  std::vector<std::string> found;
};

name_list names_in(const std::vector<json_file>& files, std::string_view key) {
  collects_names all;
  for (const json_file& file : files) visit(file, key, all);
  return name_list(std::move(all.found));
}

bool same_as(const run& serial, const run& other, const char* name) {
  if (other.results == serial.results) return true;
  std::cerr << "legacy_visitor: " << name << " found something else than the serial run\n";
  return false;
}

int run_all(const options& chosen) {
  const file_set found = load(chosen.root);
  if (found.files.empty() && found.problems.empty()) {
    report_problem(std::cerr, chosen.root, "no *.json file is in there");
    return bad_usage;
  }
  mp::thread_pool pool(pool_options_for(chosen));
  const name_list names = names_in(found.files, chosen.key);
  const work what{found.files, chosen.copies, chosen.key, names};

  const run serial = run_serial(what);
  report_findings(std::cout, chosen.root, what, serial, chosen.top);
  report_header(std::cout);
  report_run(std::cout, "serial", serial, serial);
  bool same = true;
  if (chosen.thread_per_file) {
    try {
      const run threads = run_threads(what, pool);
      report_run(std::cout, "a thread per file", threads, serial);
      same = same_as(serial, threads, "the run with a thread per file");
    } catch (const std::system_error& error) {
      std::cout << "a thread per file   impossible: " << error.what() << '\n';
    }
  }
  const run stackful = run_stackful(what, pool);
  report_run(std::cout, "stackful tasks", stackful, serial);
  same = same_as(serial, stackful, "the run with stackful tasks") && same;

  bool good = found.problems.empty();
  for (const auto& [path, reason] : found.problems) report_problem(std::cerr, path, reason);
  for (std::size_t i = 0; i < what.files(); i += what.copies) {
    if (serial.results[i].problem.empty()) continue;
    report_problem(std::cerr, what.file(i).path, serial.results[i].problem);
    good = false;
  }
  if (!std::cout.flush()) {
    std::cerr << "legacy_visitor: cannot write the report\n";
    return failed;
  }
  if (!same) return failed;
  return good ? all_read : some_unreadable;
}

}  // namespace
}  // namespace legacy_visitor

int main(int argc, char** argv) {
  namespace lv = legacy_visitor;
  try {
    const lv::options chosen = lv::parse(argc, argv);
    if (chosen.help) {
      std::cout << lv::usage;
      return std::cout.flush() ? lv::all_read : lv::failed;
    }
    try {
      return lv::run_all(chosen);
    } catch (const std::filesystem::filesystem_error& error) {  // only the root's comes up to here
      lv::report_problem(std::cerr, chosen.root, error.code().message());
      return lv::bad_usage;
    }
  } catch (const lv::usage_error& error) {
    std::cerr << "legacy_visitor: " << error.what()
              << "\n(legacy_visitor --help lists the options)\n";
    return lv::bad_usage;
  } catch (const std::invalid_argument& error) {  // the pool refuses such a number of threads
    std::cerr << "legacy_visitor: --threads: " << error.what() << '\n';
    return lv::bad_usage;
  } catch (const std::exception& error) {
    std::cerr << "legacy_visitor: " << error.what() << '\n';
    return lv::failed;
  }
}
