// SPDX-License-Identifier: MIT OR Apache-2.0
// The eight roots on micropool, awaited and blocking.
#include "../../support/host_micropool.hpp"
#include "outside_roots.hpp"

namespace bench::outside_roots::in_micropool {
namespace {

namespace mp = micropool;

struct awaited_roots : micropool_host {
  using micropool_host::micropool_host;

  template <class F, class G>
  void root(std::int64_t joins, const F& f, const G& g) {
    pool.sync_wait(joining(joins, f, g));
  }

private:
  template <class F>
  static mp::task<> one(const F& f) {
    f();
    co_return;
  }

  template <class F, class G>
  static mp::task<> joining(std::int64_t joins, const F& f, const G& g) {
    for (std::int64_t i = 0; i < joins; ++i) co_await mp::join(one(f), one(g));
  }
};

struct blocking_roots : micropool_host {
  using micropool_host::micropool_host;

  // The outer join of one branch opens the root that all inner joins belong to.
  template <class F, class G>
  void root(std::int64_t joins, const F& f, const G& g) {
    pool.join([&] {
      for (std::int64_t i = 0; i < joins; ++i) mp::join(f, g);
    });
  }
};

const registration micropool_roots(rank::micropool, [](const options& o) {
  add<awaited_roots>(o, "micropool_awaited");
  add<blocking_roots>(o, "micropool_blocking");
});

}  // namespace
}  // namespace bench::outside_roots::in_micropool
