// SPDX-License-Identifier: MIT OR Apache-2.0
// Nodes in coroutines, which suspend.
#include "runner.hpp"

namespace stress {

namespace mp = micropool;

mp::task<result> runner::run(node_id n, open_scope* s, counted) {
  const node& here = tree_.nodes[n];
  const bool only_called =
      here.what == kind::leaf || here.what == kind::fork || here.what == kind::loose;
  if (only_called || (has_both_ways(here) && !here.awaited)) {
    std::optional<result> r;
    if (here.stackful) {
      auto plain = [this, n, s] { return call(n, s); };
      r = co_await mp::stackful(std::move(plain));
    } else {
      r = call(n, s);
    }
    seen(n);
    co_return std::move(*r);
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
    case kind::spawn: co_return co_await spawn_run(n, s);
    case kind::common: co_return co_await common_run(n);
    case kind::yield:
      co_await mp::yield();
      seen(n);
      co_return result(value_of(n));
    default: co_return co_await foreign(n);
  }
}

mp::task<result> runner::each_run(node_id n, open_scope* s) {
  std::uint64_t v = value_of(n);
  for (const node_id c : tree_.nodes[n].children) {
    result r = co_await run(c, s, {});
    seen(n);
    v = combine(v, r.value);
  }
  co_return result(v);
}

mp::task<result> runner::join_run(node_id n, open_scope* s) {
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

mp::task<result> runner::join_all_run(node_id n, open_scope* s) {
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
  co_return combined(n, results);
}

mp::task<result> runner::scope_run(node_id n, open_scope* s) {
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
  co_return result(combine(combine(value_of(n), body->value), mine.sum.load()));
}

mp::task<> runner::run_child(node_id c, open_scope* to, counted) {
  add(*to, co_await run(c, to, {}));
}

mp::task<result> runner::foreign(node_id n) {
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
  co_return result(value_of(n));
}

}  // namespace stress
