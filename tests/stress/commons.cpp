// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commons.hpp"

namespace stress {
namespace {

micropool::shared_task<result> spawned(common_task& t, const surroundings& around) {
  runner& r = *t.run;
  micropool::thread_pool& pool = *around.pools[t.what.seed & 1];
  switch ((t.what.seed >> 1) % 3) {
    case 0: return pool.spawn_shared(r.root_task());
    case 1: return pool.spawn_shared([&r] { return r.root_task(); });
    default: return micropool::spawn_shared([&r] { return r.root_called(); });
  }
}

}  // namespace

commons::commons(std::uint64_t seed, const shape& s) {
  shape each = s;
  each.nodes = s.nodes / 4 + 4;
  each.commons = 0;
  for (std::uint32_t k = 0; k < s.commons; ++k) {
    tree t = make_tree(seed + k, each);
    t.common = static_cast<std::uint8_t>(k);
    tasks_.push_back(std::make_unique<common_task>(std::move(t)));
  }
}

common_task& commons::get(std::uint8_t which, const surroundings& around) {
  common_task& t = *tasks_[which];
  std::call_once(t.once, [&] {
    t.run.emplace(t.what, around);
    t.handle = spawned(t, around);
  });
  return t;
}

std::optional<std::string> commons::wrong_counts() const {
  for (const auto& t : tasks_) {
    if (!t->run) continue;
    if (auto wrong = t->run->wrong_counts()) {
      return "common tree " + std::to_string(t->what.seed) + ": " + *wrong;
    }
  }
  return std::nullopt;
}

}  // namespace stress
