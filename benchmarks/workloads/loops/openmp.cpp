// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops with OpenMP's work-sharing, and the sort of libstdc++'s parallel mode, which is made of
// OpenMP. Map-filter-collect and find_first are written out with what pieces.hpp and
// lowest_index.hpp provide.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

// Its comparators derive from classes that C++11 deprecates, of which clang warns here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <parallel/algorithm>
#pragma GCC diagnostic pop

#include "../../support/host_openmp.hpp"
#include "engine.hpp"
#include "lowest_index.hpp"
#include "pieces.hpp"

namespace bench::loops::in_openmp {
namespace {

struct openmp_loops final : openmp_host, chains, algorithms {
  using openmp_host::openmp_host;

  number sum(input xs) override {
    number s = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : s)
    for (std::size_t i = 0; i < xs.size(); ++i) s += xs[i];
    return s;
  }
  void add(input a, input b, output to) override {
#pragma omp parallel for num_threads(threads)
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = a[i] + b[i];
  }
  std::vector<number> collect(input xs) override {
    std::vector<number> kept;
    collect_into(xs, kept);
    return kept;
  }
  void collect_into(input xs, std::vector<number>& to) override {
    const std::size_t n = xs.size();
    const auto count = static_cast<std::size_t>(threads);
    std::vector<std::vector<number>> pieces(count);
#pragma omp parallel for num_threads(threads)
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t first = n * i / count;
      pieces[i] = kept_of(xs.subspan(first, n * (i + 1) / count - first));
    }
    put_together(pieces, to, [this](std::size_t k, const auto& copy) {
#pragma omp parallel for num_threads(threads)
      for (std::size_t i = 0; i < k; ++i) copy(i);
    });
  }
  const number* find_first(input xs, number wanted) override {
    constexpr std::size_t block = 4096;
    lowest_index lowest(xs.size());
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (std::size_t first = 0; first < xs.size(); first += block) {
      if (first >= lowest.get()) continue;
      const input part = xs.subspan(first, std::min(block, xs.size() - first));
      const auto found = std::find(part.begin(), part.end(), wanted);
      if (found != part.end()) lowest.take(static_cast<std::size_t>(&*found - xs.data()));
    }
    return lowest.get() == xs.size() ? nullptr : &xs[lowest.get()];
  }
  void sort(output xs) override {
    __gnu_parallel::sort(
        xs.begin(), xs.end(),
        __gnu_parallel::default_parallel_tag(static_cast<__gnu_parallel::_ThreadIndex>(threads)));
  }
  // The sums of equal parts, and then the scan of each. g++ 12 warns of the code it makes itself
  // for the directive `scan`.
  void scan(input xs, output to) override {
    const std::size_t n = xs.size();
    std::vector<number> sums(static_cast<std::size_t>(threads));
#pragma omp parallel num_threads(threads)
    {
      const auto mine = static_cast<std::size_t>(omp_get_thread_num());
      const auto count = static_cast<std::size_t>(omp_get_num_threads());
      const std::size_t first = n * mine / count;
      const input part = xs.subspan(first, n * (mine + 1) / count - first);
      if (mine + 1 < count) sums[mine] = std::accumulate(part.begin(), part.end(), number{0});
#pragma omp barrier
      number s = std::accumulate(sums.begin(), sums.begin() + omp_get_thread_num(), number{0});
      for (std::size_t i = 0; i < part.size(); ++i) to[first + i] = s += part[i];
    }
  }
};

const registration openmp = engine<openmp_loops>(rank::peer, "openmp");

}  // namespace
}  // namespace bench::loops::in_openmp
