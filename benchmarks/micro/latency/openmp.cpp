// SPDX-License-Identifier: MIT OR Apache-2.0
// Latency of OpenMP's parallel sections.
#include "../../support/pair_openmp.hpp"
#include "join.hpp"
#include "wake.hpp"

namespace bench::latency::in_openmp {
namespace {

const registration openmp(rank::peer, [](const options& o) {
  add_joins<openmp_pair>(o, "openmp");
  add_wakes<openmp_pair>(o, "openmp");
});

}  // namespace
}  // namespace bench::latency::in_openmp
