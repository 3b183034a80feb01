// SPDX-License-Identifier: MIT OR Apache-2.0
// Latency of micropool's blocking join.
#include "../../support/pair_micropool.hpp"
#include "join.hpp"
#include "wake.hpp"

namespace bench::latency::in_blocking {
namespace {

const registration blocking(rank::micropool, [](const options& o) {
  add_joins<micropool_blocking_pair>(o, "micropool_blocking");
  add_wakes<micropool_blocking_pair>(o, "micropool_blocking");
});

}  // namespace
}  // namespace bench::latency::in_blocking
