// SPDX-License-Identifier: MIT OR Apache-2.0
// frame_loop: a simulation at 60 Hz while the same threads index a directory tree. Start reading at
// engine_micropool.cpp, then phase.cpp.
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <vector>

#include "background_index.hpp"
#include "engine.hpp"
#include "options.hpp"
#include "phase.hpp"
#include "report.hpp"
#include "svg.hpp"

namespace frame_loop {
namespace {

enum exit_status { done = 0, bad_usage = 2, failed = 3 };

/// False if the file cannot be written.
bool draw(const options& chosen, const engine& on, const std::vector<phase>& phases) {
  std::ofstream file(*chosen.svg);
  write_svg(file, setup(chosen, on), phases);
  return static_cast<bool>(file.flush());
}

int run_all(const options& chosen) {
  const std::unique_ptr<engine> on = make_engine(chosen.engine, chosen.threads);
  std::optional<background_index> index;  // before the first phase: a wrong path is told at once
  if (chosen.background) index.emplace(*on, chosen.path);
  report_setup(std::cout, chosen, *on);
  std::cout.flush();

  std::vector<phase> phases;
  phases.push_back(run_phase("alone", chosen, *on));
  if (index) {
    index->start();
    phases.push_back(run_phase("beside the index", chosen, *on));
    index->stop();
  }

  report_times(std::cout, phases);
  if (index) report_index(std::cout, index->result());
  report_checksum(std::cout, phases.front().checksum);
  if (!std::cout.flush()) {
    std::cerr << "frame_loop: cannot write the report\n";
    return failed;
  }
  if (chosen.svg && !draw(chosen, *on, phases)) {
    std::cerr << "frame_loop: --svg: cannot write " << *chosen.svg << '\n';
    return failed;
  }
  if (phases.front().checksum != phases.back().checksum) {
    std::cerr << "frame_loop: the two phases ended in different states\n";
    return failed;
  }
  return done;
}

}  // namespace
}  // namespace frame_loop

int main(int argc, char** argv) {
  namespace fl = frame_loop;
  try {
    const fl::options chosen = fl::parse(argc, argv);
    if (chosen.help) {
      std::cout << fl::usage;
      return std::cout.flush() ? fl::done : fl::failed;
    }
    try {
      return fl::run_all(chosen);
    } catch (const word_index::read_error& error) {
      std::cerr << "frame_loop: --path: " << chosen.path << ": " << error.what() << '\n';
      return fl::bad_usage;
    }
  } catch (const fl::usage_error& error) {
    std::cerr << "frame_loop: " << error.what() << "\n(frame_loop --help lists the options)\n";
    return fl::bad_usage;
  } catch (const fl::no_such_engine& error) {
    std::cerr << "frame_loop: --engine: " << error.what() << '\n';
    return fl::bad_usage;
  } catch (const std::exception& error) {
    std::cerr << "frame_loop: " << error.what() << '\n';
    return fl::failed;
  }
}
