// SPDX-License-Identifier: MIT OR Apache-2.0
#include "runner.hpp"

#include <algorithm>
#include <exception>

namespace stress {

namespace mp = micropool;

std::atomic<std::int64_t> counted::live{0};

result runner::root() {
  const blocked_on here(at(0));
  mp::thread_pool& pool = *around_.pools[tree_.seed & 1];
  switch ((tree_.seed >> 1) % 4) {
    case 0: return pool.sync_wait(run(0, nullptr, {}));
    case 1: return pool.install([&] { return mp::sync_wait(run(0, nullptr, {})); });
    case 2: return std::get<0>(pool.join([&] { return call(0, nullptr); }));
    default: return pool.install([&] { return call(0, nullptr); });
  }
}

std::optional<std::string> runner::wrong_counts() const {
  for (node_id n = 0; n < runs_.size(); ++n) {
    if (runs_[n].load() != tree_.runs[n]) {
      return "node " + std::to_string(n) + " ran " + std::to_string(runs_[n].load()) +
             " times instead of " + std::to_string(tree_.runs[n]);
    }
  }
  return std::nullopt;
}

std::int64_t live_objects() { return counted::live.load(); }

std::optional<std::string> run_tree(const tree& t, const surroundings& s) {
  runner r(t, s);
  std::string got;
  const auto& may_throw = t.expected.thrown_by;
  try {
    const std::uint64_t value = r.root().value;
    if (may_throw.empty() && value == t.expected.value) return r.wrong_counts();
    got = may_throw.empty() ? "a wrong value" : "a value instead of an exception";
  } catch (const thrown& e) {
    if (std::find(may_throw.begin(), may_throw.end(), e.by) != may_throw.end()) {
      return r.wrong_counts();
    }
    got = "the exception of node " + std::to_string(e.by);
  } catch (const std::exception& e) {
    got = std::string("a strange exception: ") + e.what();
  }
  return got + ", expected " +
         (may_throw.empty() ? "a value" : "that of node " + std::to_string(may_throw.front()));
}

}  // namespace stress
