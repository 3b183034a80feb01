// SPDX-License-Identifier: MIT OR Apache-2.0
// Nodes in plain code, which block.
#include "runner.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace stress {

namespace mp = micropool;

namespace {

void work(const node& here) {
  for (std::uint32_t i = 0; i < here.spin; ++i) asm volatile("");
  if (here.sleep > 0) std::this_thread::sleep_for(std::chrono::microseconds(here.sleep));
}

}  // namespace

result runner::call(node_id n, open_scope* s) {
  return tree_.nodes[n].in_handler ? call_in_handler(n, s) : call_here(n, s);
}

// What is handled here must not be mixed up with what the node's children throw and handle.
result runner::call_in_handler(node_id n, open_scope* s) {
  std::optional<result> r;
  try {
    try {
      throw handled{n};
    } catch (const handled&) {
      r = call_here(n, s);
      throw;
    }
  } catch (const handled& h) {
    if (h.by != n || std::uncaught_exceptions() != 0) {
      throw std::logic_error("node " + std::to_string(n) + " handled what node " +
                             std::to_string(h.by) + " had thrown");
    }
  }
  return std::move(*r);
}

result runner::call_here(node_id n, open_scope* s) {
  const node& here = tree_.nodes[n];
  const bool needs_coroutine = here.what == kind::foreign || here.what == kind::yield;
  if (needs_coroutine || (has_both_ways(here) && here.awaited)) {
    const blocked_on b(at(n));
    return mp::sync_wait(run(n, s, {}));
  }
  begin(n);
  switch (here.what) {
    case kind::leaf: return leaf(n);
    case kind::sequence: return each_called(n, s);
    case kind::move:
      return around_.pools[here.flavour & 1]->install([&] { return each_called(n, s); });
    case kind::join: return join_called(n, s);
    case kind::join_all: return join_all_called(n, s);
    case kind::scope: return scope_called(n, s);
    case kind::spawn: return spawn_called(n, s);
    case kind::common: return common_called(n);
    case kind::loose: loose(n); return result(value_of(n));
    default: fork(n, s); return result(value_of(n));
  }
}

result runner::leaf(node_id n) {
  work(tree_.nodes[n]);
  if (tree_.nodes[n].throws) throw thrown{n};
  return result(value_of(n));
}

result runner::each_called(node_id n, open_scope* s) {
  std::uint64_t v = value_of(n);
  for (const node_id c : tree_.nodes[n].children) v = combine(v, call(c, s).value);
  return result(v);
}

result runner::join_called(node_id n, open_scope* s) {
  const auto& c = tree_.nodes[n].children;
  const blocked_on b(at(n));
  switch (c.size()) {
    case 1: return combined(n, mp::join(called(c[0], s)));
    case 2: return combined(n, mp::join(called(c[0], s), called(c[1], s)));
    case 3: return combined(n, mp::join(called(c[0], s), called(c[1], s), called(c[2], s)));
    default:
      return combined(n, mp::join(called(c[0], s), called(c[1], s), called(c[2], s),
                                  called(c[3], s)));
  }
}

result runner::join_all_called(node_id n, open_scope* s) {
  std::vector<decltype(called(n, s))> branches;
  for (const node_id c : tree_.nodes[n].children) branches.push_back(called(c, s));
  const blocked_on b(at(n));
  return combined(n, mp::join_all(branches));
}

result runner::scope_called(node_id n, open_scope* s) {
  open_scope mine{s, n};
  const blocked_on b(at(n));
  const result body = mp::scope([&, alive = counted()](mp::scope_ref ref) {
    mine.ref = ref;
    return call(tree_.nodes[n].children[0], &mine);
  });
  return result(combine(combine(value_of(n), body.value), mine.sum.load()));
}

void runner::fork(node_id n, open_scope* s) {
  const node& here = tree_.nodes[n];
  for (int up = here.up; up > 0; --up) s = s->outer;
  const node_id c = here.children[0];
  open_scope* to = s;
  switch (here.flavour % 4) {
    case 0: to->ref->fork(run_child(c, to, {})); break;
    case 1:
      to->ref->fork([this, c, to, alive = counted()] { return run_child(c, to, {}); });
      break;
    default:
      to->ref->fork([this, c, to, alive = counted()] { add(*to, call(c, to)); });
  }
}

}  // namespace stress
