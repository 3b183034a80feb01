// SPDX-License-Identifier: MIT OR Apache-2.0
// The same in plain code on a thread's own stack, which blocks and helps.
#include "../../support/host_micropool.hpp"
#include "waits.hpp"

namespace bench::waits::in_blocking {
namespace {

std::int64_t stolen_joins(micropool_host& host, std::int64_t n) {
  return host.pool.install([n] {
    std::int64_t done = 0;
    for (; done < n; ++done) {
      stolen_pair pair;
      micropool::join([&] { pair.first(); }, [&] { pair.second(); });
    }
    return done;
  });
}

const registration blocking_waits(rank::micropool, [](const options& o) {
  const amounts n = amounts::of(o.chosen_size);
  add(o, stolen, "micropool_blocking", 2, n.rows, [n](benchmark::State& s, int threads) {
    each<micropool_host>(s, threads, n.in_a_row, stolen_joins);
  });
});

}  // namespace
}  // namespace bench::waits::in_blocking
