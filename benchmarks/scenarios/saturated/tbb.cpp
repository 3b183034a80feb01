// SPDX-License-Identifier: MIT OR Apache-2.0
// The same on oneTBB, as its documentation recommends: background work is enqueued in an arena of
// low priority, which workers leave between two tasks when one of normal priority has work.
#include <oneapi/tbb/task_group.h>

#include "../../support/pair_tbb.hpp"
#include "calls.hpp"
#include "units.hpp"

namespace bench::saturated::in_tbb {
namespace {

namespace otbb = oneapi::tbb;

struct two_arenas : tbb_pair {
  // No slot of the low arena is for callers: all workers can be in it at the same time.
  explicit two_arenas(int participants)
      : tbb_pair(participants), low(participants - 1, 0, otbb::task_arena::priority::low) {}

  template <class F>
  void background(const F& f) {
    low.enqueue(f);
  }

  void scope(branch& f, branch& g) {
    arena.execute([&] {
      otbb::task_group group;
      group.run([&f] { f(); });
      group.run([&g] { g(); });
      group.wait();
    });
  }

  template <class F>
  void repeat(int n, const F& f) {
    arena.execute([&] {
      otbb::task_group group;
      for (int i = 0; i < n; ++i) group.run([&f] { f(); });
      group.wait();
    });
  }

  otbb::task_arena low;
};

const registration tbb_saturated(rank::peer, [](const options& o) {
  add_calls<two_arenas>(o, "tbb");
  add_units<two_arenas>(o, "tbb");
});

}  // namespace
}  // namespace bench::saturated::in_tbb
