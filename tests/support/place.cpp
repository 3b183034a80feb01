// SPDX-License-Identifier: MIT OR Apache-2.0
#include "place.hpp"

#include <micropool/stackful.hpp>

namespace micropool_test {
namespace {

struct arrive_at_exit {
  countdown& counter;
  ~arrive_at_exit() { counter.arrive(); }
};

}  // namespace

void place::call(const std::function<void()>& f) {
  switch (caller_) {
    case caller::outside:
      pool.install(f);
      return;
    case caller::stackful:
      pool.sync_wait(micropool::stackful([&] { f(); }));
      return;
    case caller::worker:
      countdown ended(1);
      pool.join([&] { ended.wait(); },
                [&] {
                  const arrive_at_exit at_exit{ended};
                  f();
                });
  }
}

}  // namespace micropool_test
