// SPDX-License-Identifier: MIT OR Apache-2.0
// The eight roots on oneTBB: each thread has its implicit arena, all share the workers.
#include <oneapi/tbb/parallel_invoke.h>

#include "../../support/host_tbb.hpp"
#include "outside_roots.hpp"

namespace bench::outside_roots::in_tbb {
namespace {

struct tbb_roots : tbb_host {
  using tbb_host::tbb_host;

  template <class F, class G>
  void root(std::int64_t joins, const F& f, const G& g) const {
    for (std::int64_t i = 0; i < joins; ++i) oneapi::tbb::parallel_invoke(f, g);
  }
};

const registration tbb(rank::peer, [](const options& o) { add<tbb_roots>(o, "tbb"); });

}  // namespace
}  // namespace bench::outside_roots::in_tbb
