// SPDX-License-Identifier: MIT OR Apache-2.0
// One run of one tree with the library: what each kind of node does, in plain code
// (run_called.cpp), in coroutines (run_awaited.cpp), and with background tasks (run_tasks.cpp).
#pragma once

#include "run_tree.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace stress {

// Lives as long as something that the program must not forget.
struct counted {
  counted() noexcept { live.fetch_add(1, std::memory_order_relaxed); }
  counted(const counted&) noexcept : counted() {}
  counted(counted&&) noexcept : counted() {}
  counted& operator=(const counted&) noexcept = default;
  counted& operator=(counted&&) noexcept = default;
  ~counted() { live.fetch_sub(1, std::memory_order_relaxed); }

  static std::atomic<std::int64_t> live;
};

// Move-only, so that no second one is made unnoticed.
struct result {
  explicit result(std::uint64_t v) noexcept : value(v) {}
  result(result&&) noexcept = default;
  result& operator=(result&&) noexcept = default;
  std::uint64_t value;
  counted alive{};
};

struct thrown {
  node_id by;
  counted alive{};
};

// Handled by the node that has thrown it, and again when its children have ended.
struct handled {
  node_id by;
};

// A scope that is open. Lives where the scope was opened.
struct open_scope {
  open_scope* outer;
  node_id at;
  std::atomic<std::uint64_t> sum{0};
  std::optional<micropool::scope_ref> ref{};
};

// Must outlive what it runs.
class runner {
public:
  runner(const tree& t, const surroundings& s) : tree_(t), around_(s), runs_(t.nodes.size()) {}

  // The calling thread blocks.
  result root();
  // For a caller that has made the call already.
  micropool::task<result> root_task() { return run(0, nullptr, {}); }
  result root_called() { return call(0, nullptr); }

  std::optional<std::string> wrong_counts() const;

private:
  place at(node_id n) const { return {&tree_, n}; }
  void seen(node_id n) { around_.seen.ran(at(n)); }
  void begin(node_id n) {
    runs_[n].fetch_add(1, std::memory_order_relaxed);
    seen(n);
  }
  // Is it written in both ways?
  static bool has_both_ways(const node& n) {
    return n.what == kind::sequence || n.what == kind::join || n.what == kind::join_all ||
           n.what == kind::scope || n.what == kind::spawn || n.what == kind::common;
  }

  // A node in plain code.
  result call(node_id n, open_scope* s);
  result call_in_handler(node_id n, open_scope* s);
  result call_here(node_id n, open_scope* s);
  result leaf(node_id n);
  result each_called(node_id n, open_scope* s);
  result join_called(node_id n, open_scope* s);
  result join_all_called(node_id n, open_scope* s);
  result scope_called(node_id n, open_scope* s);
  void fork(node_id n, open_scope* s);

  // A node in a coroutine. The counted parameter lives as long as the frame.
  micropool::task<result> run(node_id n, open_scope* s, counted);
  micropool::task<result> each_run(node_id n, open_scope* s);
  micropool::task<result> join_run(node_id n, open_scope* s);
  micropool::task<result> join_all_run(node_id n, open_scope* s);
  micropool::task<result> scope_run(node_id n, open_scope* s);
  micropool::task<> run_child(node_id c, open_scope* to, counted);
  micropool::task<result> foreign(node_id n);

  // A node that spawns, or waits for what another node has spawned.
  result spawn_called(node_id n, open_scope* s);
  micropool::task<result> spawn_run(node_id n, open_scope* s);
  result common_called(node_id n);
  micropool::task<result> common_run(node_id n);
  void loose(node_id n);
  template <class F, class Use>
  auto spawned(const node& here, F f, Use use);
  template <class Use>
  auto child_spawned(node_id n, open_scope* s, Use use);
  template <class Handle>
  result spawned_then_called(node_id n, open_scope* s, Handle h);
  template <class Handle>
  micropool::task<result> spawned_then_run(node_id n, open_scope* s, Handle h);
  template <class Handle>
  std::uint64_t joined(node_id n, Handle& h);

  // A branch in each of the ways in which one can be written.
  auto called(node_id c, open_scope* s) {
    return [this, c, s, alive = counted()] { return call(c, s); };
  }
  auto made(node_id c, open_scope* s) {
    return [this, c, s, alive = counted()] { return run(c, s, {}); };
  }

  template <class... R>
  static result combined(node_id n, const std::tuple<R...>& results) {
    std::uint64_t v = value_of(n);
    std::apply([&](const auto&... r) { (..., (v = combine(v, r.value))); }, results);
    return result(v);
  }
  static result combined(node_id n, const std::vector<result>& results) {
    std::uint64_t v = value_of(n);
    for (const result& r : results) v = combine(v, r.value);
    return result(v);
  }

  static void add(open_scope& to, const result& r) {
    to.sum.fetch_add(r.value, std::memory_order_relaxed);
  }

  const tree& tree_;
  const surroundings& around_;
  std::vector<std::atomic<std::uint32_t>> runs_;
};

}  // namespace stress
