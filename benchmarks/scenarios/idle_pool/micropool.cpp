// SPDX-License-Identifier: MIT OR Apache-2.0
// The cost of an idle pool of micropool.
#include "../../support/pair_micropool.hpp"
#include "idle_pool.hpp"

namespace bench::idle_pool::in_micropool {
namespace {

const registration micropool_idle(rank::micropool, [](const options& o) {
  add<micropool_blocking_pair>(o, "micropool");
});

}  // namespace
}  // namespace bench::idle_pool::in_micropool
