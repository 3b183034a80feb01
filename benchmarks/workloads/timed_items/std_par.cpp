// SPDX-License-Identifier: MIT OR Apache-2.0
// The items in the standard library's parallel for_each, where that runs on oneTBB. It goes over
// indices in memory: iterators of std::views::iota do not count as random access here, and so would
// be run serially.
#include <algorithm>
#include <execution>
#include <numeric>
#include <vector>

#include "../../support/host_tbb.hpp"
#include "engine.hpp"

namespace bench::timed_items::in_std_par {
namespace {

using std::execution::par;

class std_par_loops final : public tbb_host, public looper {
public:
  using tbb_host::tbb_host;

  void run_all(items& of) override {
    number_up_to(of.size());
    arena.execute([&] { each_below(of.size(), [&](std::size_t i) { of.run(i); }); });
  }
  void run_nested(items& of, std::size_t rows) override {
    const std::size_t columns = of.size() / rows;
    number_up_to(std::max(rows, columns));
    arena.execute([&] {
      each_below(rows, [&](std::size_t row) {
        each_below(columns, [&](std::size_t i) { of.run(row * columns + i); });
      });
    });
  }

private:
  void number_up_to(std::size_t n) {
    if (indices_.size() >= n) return;
    indices_.resize(n);
    std::iota(indices_.begin(), indices_.end(), std::size_t{0});
  }
  template <class F>
  void each_below(std::size_t n, const F& f) const {
    std::for_each(par, indices_.data(), indices_.data() + n, f);
  }

  std::vector<std::size_t> indices_;
};

const registration std_par = engine<std_par_loops>(rank::peer, "std_par");

}  // namespace
}  // namespace bench::timed_items::in_std_par
