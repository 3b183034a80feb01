// SPDX-License-Identifier: MIT OR Apache-2.0
// Nodes that spawn background tasks, and wait for them in all the ways there are.
#include "commons.hpp"
#include "runner.hpp"

#include <algorithm>
#include <exception>
#include <type_traits>
#include <utility>

namespace stress {

namespace mp = micropool;

namespace {

// No node waits for it, so it refers to nothing that its tree's run owns.
struct loose_task {
  place here;
  witness& seen;
  loose_ends& ends;
  counted alive{};

  void operator()() const {
    seen.ran(here);
    {
      const blocked_on b(here);
      mp::join([&] { half(); }, [&] { half(); });
    }
    ++ends.ran;
  }
  void half() const {
    seen.ran(here);
    for (std::uint32_t i = 0; i < here.in->nodes[here.at].spin; ++i) asm volatile("");
  }
};

mp::task<> half(const loose_task& t) {
  t.half();
  co_return;
}

mp::task<> run(loose_task t) {
  t.seen.ran(t.here);
  co_await mp::yield();
  co_await mp::join(half(t), half(t));
  t.seen.ran(t.here);
  ++t.ends.ran;
}

// What waiting for a common task yields: the number of the task, unless its outcome is wrong.
class common_outcome {
public:
  common_outcome(node_id n, const common_task& t) : waiter_(n), expected_(t.what) {}

  void returned(const result& r) {
    const outcome& o = expected_.expected;
    right_ = o.thrown_by.empty() && r.value == o.value;
  }
  void threw(const thrown& e) {
    const auto& by = expected_.expected.thrown_by;
    right_ = std::find(by.begin(), by.end(), e.by) != by.end();
  }
  result get() const {
    return result(right_ ? combine(value_of(waiter_), *expected_.common) : 0);
  }

private:
  const node_id waiter_;
  const tree& expected_;
  bool right_ = false;
};

}  // namespace

template <class F, class Use>
auto runner::spawned(const node& here, F f, Use use) {
  mp::thread_pool& pool = *around_.pools[here.flavour & 1];
  if ((here.flavour & 8) != 0) {
    return use(here.elsewhere ? pool.spawn_owned(std::move(f)) : mp::spawn_owned(std::move(f)));
  }
  return use(here.elsewhere ? pool.spawn_shared(std::move(f)) : mp::spawn_shared(std::move(f)));
}

template <class Use>
auto runner::child_spawned(node_id n, open_scope* s, Use use) {
  const node& here = tree_.nodes[n];
  const node_id c = here.children[0];
  switch ((here.flavour >> 1) % 4) {
    case 0: return spawned(here, run(c, s, {}), use);
    case 1: return spawned(here, made(c, s), use);
    default: return spawned(here, called(c, s), use);
  }
}

template <class Handle>
std::uint64_t runner::joined(node_id n, Handle& h) {
  const node& here = tree_.nodes[n];
  const blocked_on b(at(here.children[0]));
  switch (here.flavour >> 4) {
    case 0: break;
    case 1: h.help(); break;
    case 2:
      for (int i = 0; i < 3 && !h.complete(); ++i) h.help();
      break;
    default:
      // Takes no effect, since h is left.
      if constexpr (std::is_copy_constructible_v<Handle>) {
        if (Handle(h).cancel()) return 0;
      }
  }
  return h.join().value;
}

template <class Handle>
result runner::spawned_then_called(node_id n, open_scope* s, Handle h) {
  const auto& c = tree_.nodes[n].children;
  std::optional<result> rest;
  std::exception_ptr failed;
  try {
    if (c.size() > 1) rest = call(c[1], s);
  } catch (const thrown&) {
    failed = std::current_exception();
  }
  std::uint64_t v = combine(value_of(n), joined(n, h));
  if (failed) std::rethrow_exception(failed);
  if (rest) v = combine(v, rest->value);
  return result(v);
}

template <class Handle>
mp::task<result> runner::spawned_then_run(node_id n, open_scope* s, Handle h) {
  const node& here = tree_.nodes[n];
  std::optional<result> rest;
  std::exception_ptr failed;
  try {
    if (here.children.size() > 1) rest = co_await run(here.children[1], s, {});
  } catch (const thrown&) {
    failed = std::current_exception();
  }
  seen(n);
  std::uint64_t v = value_of(n);
  if (here.flavour >> 4 == 3) {
    v = combine(v, joined(n, h));
  } else if constexpr (std::is_copy_constructible_v<Handle>) {
    const result& r = co_await h;
    v = combine(v, r.value);
  } else {
    const result r = co_await std::move(h);
    v = combine(v, r.value);
  }
  seen(n);
  if (failed) std::rethrow_exception(failed);
  if (rest) v = combine(v, rest->value);
  co_return result(v);
}

result runner::spawn_called(node_id n, open_scope* s) {
  return child_spawned(n, s, [&](auto h) { return spawned_then_called(n, s, std::move(h)); });
}

mp::task<result> runner::spawn_run(node_id n, open_scope* s) {
  return child_spawned(n, s, [&](auto h) { return spawned_then_run(n, s, std::move(h)); });
}

result runner::common_called(node_id n) {
  common_task& t = around_.shared.get(tree_.nodes[n].which, around_);
  common_outcome o(n, t);
  const blocked_on b({&t.what, 0});
  try {
    o.returned(t.handle.join());
  } catch (const thrown& e) {
    o.threw(e);
  }
  return o.get();
}

mp::task<result> runner::common_run(node_id n) {
  common_task& t = around_.shared.get(tree_.nodes[n].which, around_);
  common_outcome o(n, t);
  try {
    o.returned(co_await t.handle);
  } catch (const thrown& e) {
    o.threw(e);
  }
  seen(n);
  co_return o.get();
}

void runner::loose(node_id n) {
  const node& here = tree_.nodes[n];
  const bool cancels = (here.flavour & 16) != 0;
  loose_ends& ends = around_.ends;
  const loose_task body{at(here.children[0]), around_.seen, ends};
  ++ends.spawned;
  const auto let_go = [&](auto h) {
    if (cancels && h.cancel()) ++ends.cancelled;
  };
  if ((here.flavour & 2) != 0) {
    spawned(here, stress::run(body), let_go);
  } else {
    spawned(here, body, let_go);
  }
}

}  // namespace stress
