// SPDX-License-Identifier: MIT OR Apache-2.0
// The tasks that all trees of a round have in common. The first node that needs one spawns it; any
// number of threads and coroutines, in any tree, wait for it.
#pragma once

#include "runner.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stress {

struct common_task {
  explicit common_task(tree t) : what(std::move(t)) {}

  const tree what;
  std::once_flag once{};
  std::optional<runner> run{};
  micropool::shared_task<result> handle{};
};

// Must outlive the pools.
class commons {
public:
  // The trees must not wait for common tasks themselves, or two might wait for each other.
  commons(std::uint64_t seed, const shape& s);

  common_task& get(std::uint8_t which, const surroundings& around);

  // When all is over. What is wrong, in words.
  std::optional<std::string> wrong_counts() const;

private:
  std::vector<std::unique_ptr<common_task>> tasks_;
};

}  // namespace stress
