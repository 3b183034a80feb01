// SPDX-License-Identifier: MIT OR Apache-2.0
// Latency of micropool's awaited join in a coroutine that the caller waits for.
#include "../../support/pair_micropool.hpp"
#include "join.hpp"
#include "wake.hpp"

namespace bench::latency::in_awaited {
namespace {

const registration awaited(rank::micropool, [](const options& o) {
  add_joins<micropool_awaited_pair>(o, "micropool_awaited");
  add_wakes<micropool_awaited_pair>(o, "micropool_awaited");
});

}  // namespace
}  // namespace bench::latency::in_awaited
