// SPDX-License-Identifier: MIT OR Apache-2.0
// Foreground calls, awaited and blocking, above micropool's background tier.
#include "../../support/pair_micropool.hpp"
#include "calls.hpp"
#include "units.hpp"

namespace bench::saturated::in_micropool {
namespace {

namespace mp = micropool;

template <class Pair>
struct with_background : Pair {
  using Pair::Pair;

  template <class F>
  void background(const F& f) {
    auto detached = this->pool.spawn_owned(f);
  }
};

struct blocking : with_background<micropool_blocking_pair> {
  using with_background::with_background;

  void scope(branch& f, branch& g) {
    pool.scope([&](mp::scope_ref s) {
      s.fork([&f] { f(); });
      s.fork([&g] { g(); });
    });
  }

  template <class F>
  void repeat(int n, const F& f) {
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < n; ++i) s.fork([&f] { f(); });
    });
  }
};

struct awaited : with_background<micropool_awaited_pair> {
  using with_background::with_background;

  void scope(branch& f, branch& g) { pool.sync_wait(both_in_scope(f, g)); }

  template <class F>
  void repeat(int n, const F& f) {
    pool.sync_wait(all_in_scope(n, f));
  }

private:
  template <class F>
  static mp::task<> one(F& f) {
    f();
    co_return;
  }

  static mp::task<> both_in_scope(branch& f, branch& g) {
    co_await mp::scope([&f, &g](mp::scope_ref s) -> mp::task<> {
      s.fork(one(f));
      s.fork(one(g));
      co_return;
    });
  }

  template <class F>
  static mp::task<> all_in_scope(int n, const F& f) {
    co_await mp::scope([n, &f](mp::scope_ref s) -> mp::task<> {
      for (int i = 0; i < n; ++i) s.fork(one(f));
      co_return;
    });
  }
};

const registration micropool_saturated(rank::micropool, [](const options& o) {
  add_calls<awaited>(o, "micropool_awaited");
  add_units<awaited>(o, "micropool_awaited");
  add_calls<blocking>(o, "micropool_blocking");
  add_units<blocking>(o, "micropool_blocking");
});

}  // namespace
}  // namespace bench::saturated::in_micropool
