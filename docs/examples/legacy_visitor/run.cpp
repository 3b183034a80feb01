// SPDX-License-Identifier: MIT OR Apache-2.0
#include "run.hpp"

#include <utility>

namespace legacy_visitor {

void stopwatch::stop(run& at) const {
  using seconds = std::chrono::duration<double>;
  at.seconds = seconds(std::chrono::steady_clock::now() - start_).count();
  at.cpu_seconds = static_cast<double>(std::clock() - cpu_start_) / CLOCKS_PER_SEC;
}

std::vector<file_result> results_of(std::vector<outcome>&& all) {
  std::vector<file_result> result;
  result.reserve(all.size());
  for (outcome& each : all) {
    if (each.failure) std::rethrow_exception(each.failure);
    result.push_back(std::move(each.result));
  }
  return result;
}

}  // namespace legacy_visitor
