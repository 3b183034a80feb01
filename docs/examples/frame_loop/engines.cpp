// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>

#include "engine_factories.hpp"

namespace frame_loop {
namespace {

struct entry {
  std::string_view name;
  std::unique_ptr<engine> (*make)(std::optional<std::size_t> threads);  // null: not in this build
};

constexpr std::array<entry, 4> engines{{
    {"micropool", make_micropool_engine},
#if FRAME_LOOP_HAS_TBB
    {"tbb", make_tbb_engine},
#else
    {"tbb", nullptr},
#endif
#if FRAME_LOOP_HAS_OPENMP
    {"openmp", make_openmp_engine},
#else
    {"openmp", nullptr},
#endif
    {"serial", make_serial_engine},
}};

}  // namespace

std::string built_engines() {
  std::string names;
  for (const entry& each : engines) {
    if (each.make == nullptr) continue;
    if (!names.empty()) names += ' ';
    names += each.name;
  }
  return names;
}

std::unique_ptr<engine> make_engine(std::string_view name, std::optional<std::size_t> threads) {
  const auto* const found = std::find_if(engines.begin(), engines.end(),
                                         [&](const entry& each) { return each.name == name; });
  if (found == engines.end()) {
    throw no_such_engine("'" + std::string(name) +
                         "' is no engine; this build has: " + built_engines());
  }
  if (found->make == nullptr) {
    throw no_such_engine(std::string(name) +
                         " was not found when this program was built; it has: " + built_engines());
  }
  return found->make(threads);
}

}  // namespace frame_loop
