// SPDX-License-Identifier: MIT OR Apache-2.0
#include "run_tree.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace stress {
namespace {

namespace mp = micropool;

std::atomic<std::int64_t> live{0};

struct counted {
  counted() noexcept { live.fetch_add(1, std::memory_order_relaxed); }
  counted(const counted&) noexcept : counted() {}
  counted(counted&&) noexcept : counted() {}
  counted& operator=(const counted&) noexcept = default;
  counted& operator=(counted&&) noexcept = default;
  ~counted() { live.fetch_sub(1, std::memory_order_relaxed); }
};

// Move-only, so that nobody makes a second one behind our back.
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

// A scope that is open. Lives where the scope was opened.
struct open_scope {
  open_scope* outer;
  node_id at;
  std::atomic<std::uint64_t> sum{0};
  std::optional<mp::scope_ref> ref{};
};

class runner {
public:
  runner(const tree& t, const surroundings& s) : tree_(t), around_(s), runs_(t.nodes.size()) {}

  result root() {
    const blocked_on here(at(0));
    mp::thread_pool& pool = *around_.pools[tree_.seed & 1];
    switch ((tree_.seed >> 1) % 4) {
      case 0: return pool.sync_wait(run(0, nullptr, {}));
      case 1: return pool.install([&] { return mp::sync_wait(run(0, nullptr, {})); });
      case 2: return std::get<0>(pool.join([&] { return call(0, nullptr); }));
      default: return pool.install([&] { return call(0, nullptr); });
    }
  }

  std::optional<std::string> wrong_counts() const {
    for (node_id n = 0; n < runs_.size(); ++n) {
      if (runs_[n].load() != tree_.runs[n]) {
        return "node " + std::to_string(n) + " ran " + std::to_string(runs_[n].load()) +
               " times instead of " + std::to_string(tree_.runs[n]);
      }
    }
    return std::nullopt;
  }

private:
  place at(node_id n) const { return {&tree_, n}; }
  void seen(node_id n) { around_.seen.ran(at(n)); }

  void begin(node_id n) {
    runs_[n].fetch_add(1, std::memory_order_relaxed);
    seen(n);
  }

  void work(const node& here) {
    for (std::uint32_t i = 0; i < here.spin; ++i) asm volatile("");
    if (here.sleep > 0) std::this_thread::sleep_for(std::chrono::microseconds(here.sleep));
  }

  result value(std::uint64_t v) { return result(v); }

  // A node in plain code.
  result call(node_id n, open_scope* s) {
    const node& here = tree_.nodes[n];
    const bool needs_coroutine = here.what == kind::foreign || here.what == kind::yield;
    const bool either = here.what == kind::sequence || here.what == kind::join ||
                        here.what == kind::join_all || here.what == kind::scope;
    if (needs_coroutine || (either && here.awaited)) {
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
      default: fork(n, s); return value(value_of(n));
    }
  }

  // A node in a coroutine. The counted parameter lives as long as the frame.
  mp::task<result> run(node_id n, open_scope* s, counted) {
    const node& here = tree_.nodes[n];
    const bool either = here.what == kind::sequence || here.what == kind::join ||
                        here.what == kind::join_all || here.what == kind::scope;
    if (here.what == kind::leaf || here.what == kind::fork || (either && !here.awaited)) {
      result r = call(n, s);
      seen(n);
      co_return r;
    }
    begin(n);
    switch (here.what) {
      case kind::sequence: co_return co_await each_run(n, s);
      case kind::move:
        co_await mp::resume_on(*around_.pools[here.flavour & 1]);
        seen(n);
        co_return co_await each_run(n, s);
      case kind::join: co_return co_await join_run(n, s);
      case kind::join_all: co_return co_await join_all_run(n, s);
      case kind::scope: co_return co_await scope_run(n, s);
      case kind::yield:
        co_await mp::yield();
        seen(n);
        co_return value(value_of(n));
      default: co_return co_await foreign(n);
    }
  }

  result leaf(node_id n) {
    work(tree_.nodes[n]);
    if (tree_.nodes[n].throws) throw thrown{n};
    return value(value_of(n));
  }

  result each_called(node_id n, open_scope* s) {
    std::uint64_t v = value_of(n);
    for (const node_id c : tree_.nodes[n].children) v = combine(v, call(c, s).value);
    return value(v);
  }
  mp::task<result> each_run(node_id n, open_scope* s) {
    std::uint64_t v = value_of(n);
    for (const node_id c : tree_.nodes[n].children) {
      result r = co_await run(c, s, {});
      seen(n);
      v = combine(v, r.value);
    }
    co_return value(v);
  }

  // A branch in each of the ways in which one can be written.
  auto called(node_id c, open_scope* s) {
    return [this, c, s, alive = counted()] { return call(c, s); };
  }
  auto made(node_id c, open_scope* s) {
    return [this, c, s, alive = counted()] { return run(c, s, {}); };
  }

  template <class... R>
  result combined(node_id n, const std::tuple<R...>& results) {
    std::uint64_t v = value_of(n);
    std::apply([&](const auto&... r) { (..., (v = combine(v, r.value))); }, results);
    return value(v);
  }

  result join_called(node_id n, open_scope* s) {
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

  mp::task<result> join_run(node_id n, open_scope* s) {
    const node& here = tree_.nodes[n];
    const auto& c = here.children;
    std::optional<result> r;
    if (c.size() == 1) {
      r = combined(n, co_await mp::join(run(c[0], s, {})));
    } else if (c.size() == 2) {
      switch (here.flavour % 4) {
        case 0: r = combined(n, co_await mp::join(run(c[0], s, {}), run(c[1], s, {}))); break;
        case 1: r = combined(n, co_await mp::join(made(c[0], s), run(c[1], s, {}))); break;
        case 2: r = combined(n, co_await mp::join(run(c[0], s, {}), called(c[1], s))); break;
        default: r = combined(n, co_await mp::join(called(c[0], s), made(c[1], s))); break;
      }
    } else if (c.size() == 3) {
      r = combined(n, co_await mp::join(run(c[0], s, {}), called(c[1], s), made(c[2], s)));
    } else {
      r = combined(n, co_await mp::join(run(c[0], s, {}), run(c[1], s, {}), run(c[2], s, {}),
                                        run(c[3], s, {})));
    }
    seen(n);
    co_return std::move(*r);
  }

  result all_of(node_id n, const std::vector<result>& results) {
    std::uint64_t v = value_of(n);
    for (const result& r : results) v = combine(v, r.value);
    return value(v);
  }
  result join_all_called(node_id n, open_scope* s) {
    std::vector<decltype(called(n, s))> branches;
    for (const node_id c : tree_.nodes[n].children) branches.push_back(called(c, s));
    const blocked_on b(at(n));
    return all_of(n, mp::join_all(branches));
  }
  mp::task<result> join_all_run(node_id n, open_scope* s) {
    const node& here = tree_.nodes[n];
    std::vector<result> results;
    if (here.flavour % 2 == 0) {
      std::vector<mp::task<result>> tasks;
      for (const node_id c : here.children) tasks.push_back(run(c, s, {}));
      results = co_await mp::join_all(std::move(tasks));
    } else {
      std::vector<decltype(made(n, s))> makers;
      for (const node_id c : here.children) makers.push_back(made(c, s));
      results = co_await mp::join_all(makers);
    }
    seen(n);
    co_return all_of(n, results);
  }

  result scope_called(node_id n, open_scope* s) {
    open_scope mine{s, n};
    const blocked_on b(at(n));
    const result body = mp::scope([&, alive = counted()](mp::scope_ref ref) {
      mine.ref = ref;
      return call(tree_.nodes[n].children[0], &mine);
    });
    return value(combine(combine(value_of(n), body.value), mine.sum.load()));
  }
  mp::task<result> scope_run(node_id n, open_scope* s) {
    open_scope mine{s, n};
    const node& here = tree_.nodes[n];
    // Either a coroutine of its own, or a callable that only makes one. Named, because g++ 12
    // destroys closures twice that stand inside a co_await expression.
    auto makes = [this, n, &mine, alive = counted()](mp::scope_ref ref) {
      mine.ref = ref;
      return run(tree_.nodes[n].children[0], &mine, {});
    };
    auto is = [this, n, &mine, alive = counted()](mp::scope_ref ref) -> mp::task<result> {
      mine.ref = ref;
      co_return co_await run(tree_.nodes[n].children[0], &mine, {});
    };
    std::optional<result> body;
    if (here.flavour % 2 == 0) {
      body = co_await mp::scope(std::move(makes));
    } else {
      body = co_await mp::scope(std::move(is));
    }
    seen(n);
    co_return value(combine(combine(value_of(n), body->value), mine.sum.load()));
  }

  void fork(node_id n, open_scope* s) {
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
  mp::task<> run_child(node_id c, open_scope* to, counted) {
    add(*to, co_await run(c, to, {}));
  }
  static void add(open_scope& to, const result& r) {
    to.sum.fetch_add(r.value, std::memory_order_relaxed);
  }

  mp::task<result> foreign(node_id n) {
    const node& here = tree_.nodes[n];
    foreign_thread& by = around_.outside;
    switch (here.flavour % 8) {
      case 0: co_await event_ready(); break;
      case 1: co_await event_bool{by, false}; break;
      case 2: co_await event_bool{by, true}; break;
      case 3: co_await event_transfer{by, false}; break;
      case 4: co_await event_transfer{by, true}; break;
      case 5: co_await event_inline(); break;
      default: co_await event_void{by}; break;
    }
    seen(n);
    if (here.throws) {
      try {
        co_await event_refuses();
      } catch (const refused&) {
        throw thrown{n};
      }
    }
    co_return value(value_of(n));
  }

  const tree& tree_;
  const surroundings& around_;
  std::vector<std::atomic<std::uint32_t>> runs_;
};

}  // namespace

std::int64_t live_objects() { return live.load(); }

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
