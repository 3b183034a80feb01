// SPDX-License-Identifier: MIT OR Apache-2.0
// The cost of an idle pool of oneTBB.
#include "../../support/pair_tbb.hpp"
#include "idle_pool.hpp"

namespace bench::idle_pool::in_tbb {
namespace {

const registration tbb(rank::peer, [](const options& o) { add<tbb_pair>(o, "tbb"); });

}  // namespace
}  // namespace bench::idle_pool::in_tbb
