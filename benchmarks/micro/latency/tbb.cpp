// SPDX-License-Identifier: MIT OR Apache-2.0
// Latency of oneTBB's parallel_invoke in an arena.
#include "../../support/pair_tbb.hpp"
#include "join.hpp"
#include "wake.hpp"

namespace bench::latency::in_tbb {
namespace {

const registration tbb(rank::peer, [](const options& o) {
  add_joins<tbb_pair>(o, "tbb");
  add_wakes<tbb_pair>(o, "tbb");
});

}  // namespace
}  // namespace bench::latency::in_tbb
