// SPDX-License-Identifier: MIT OR Apache-2.0
// The cost of an idle pool of OpenMP's runtime.
#include "../../support/pair_openmp.hpp"
#include "idle_pool.hpp"

namespace bench::idle_pool::in_openmp {
namespace {

const registration openmp(rank::peer, [](const options& o) { add<openmp_pair>(o, "openmp"); });

}  // namespace
}  // namespace bench::idle_pool::in_openmp
