// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops with the parallel algorithms of the standard library, where those run on oneTBB.
#include <algorithm>
#include <execution>
#include <functional>
#include <numeric>

#include "../../support/host_tbb.hpp"
#include "engine.hpp"

namespace bench::loops::in_std_par {
namespace {

using std::execution::par;

struct std_par_loops final : tbb_host, chains, algorithms {
  using tbb_host::tbb_host;

  number sum(input xs) override {
    return arena.execute([xs] { return std::reduce(par, xs.begin(), xs.end(), number{0}); });
  }
  void add(input a, input b, output to) override {
    arena.execute(
        [=] { std::transform(par, a.begin(), a.end(), b.begin(), to.begin(), std::plus<>()); });
  }
  std::vector<number> collect(input xs) override {
    std::vector<number> kept;
    collect_into(xs, kept);
    return kept;
  }
  // First the filter and then the map: the other way round takes another vector.
  void collect_into(input xs, std::vector<number>& to) override {
    to.resize(xs.size());
    arena.execute([&] {
      const auto end = std::copy_if(par, xs.begin(), xs.end(), to.begin(),
                                    [](number x) { return is_kept(mixed(x)); });
      to.erase(end, to.end());
      std::transform(par, to.begin(), to.end(), to.begin(), mixed);
    });
  }
  const number* find_first(input xs, number wanted) override {
    return arena.execute([=] {
      const auto found = std::find(par, xs.begin(), xs.end(), wanted);
      return found == xs.end() ? nullptr : &*found;
    });
  }
  void sort(output xs) override {
    arena.execute([xs] { std::sort(par, xs.begin(), xs.end()); });
  }
  void scan(input xs, output to) override {
    arena.execute([=] { std::inclusive_scan(par, xs.begin(), xs.end(), to.begin()); });
  }
};

const registration std_par = engine<std_par_loops>(rank::peer, "std_par");

}  // namespace
}  // namespace bench::loops::in_std_par
