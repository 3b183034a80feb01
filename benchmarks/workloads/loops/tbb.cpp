// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops with oneTBB's algorithms and their default partitioner. It has none for
// map-filter-collect and find_first: those are parallel_for with what pieces.hpp and
// lowest_index.hpp provide.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/parallel_scan.h>
#include <oneapi/tbb/parallel_sort.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "../../support/host_tbb.hpp"
#include "engine.hpp"
#include "lowest_index.hpp"
#include "pieces.hpp"

namespace bench::loops::in_tbb {
namespace {

namespace tbb = oneapi::tbb;
using range = tbb::blocked_range<std::size_t>;

struct tbb_loops final : tbb_host, chains, algorithms {
  explicit tbb_loops(int participants)
      : tbb_host(participants), participants_(static_cast<std::size_t>(participants)) {}

  number sum(input xs) override {
    return arena.execute([xs] {
      return tbb::parallel_reduce(
          range(0, xs.size()), number{0},
          [xs](const range& r, number s) {
            const input part = xs.subspan(r.begin(), r.size());
            return std::accumulate(part.begin(), part.end(), s);
          },
          std::plus<>());
    });
  }
  void add(input a, input b, output to) override {
    arena.execute([=] {
      tbb::parallel_for(range(0, to.size()), [=](const range& r) {
        for (std::size_t i = r.begin(); i < r.end(); ++i) to[i] = a[i] + b[i];
      });
    });
  }
  std::vector<number> collect(input xs) override {
    std::vector<number> kept;
    collect_into(xs, kept);
    return kept;
  }
  void collect_into(input xs, std::vector<number>& to) override {
    const std::size_t n = xs.size();
    const std::size_t blocks = std::min(n / 1000, 8 * participants_) + 1;
    arena.execute([&] {
      std::vector<std::vector<number>> pieces(blocks);
      tbb::parallel_for(std::size_t{0}, blocks, [&](std::size_t i) {
        const std::size_t first = n * i / blocks;
        pieces[i] = kept_of(xs.subspan(first, n * (i + 1) / blocks - first));
      });
      put_together(pieces, to, [](std::size_t count, const auto& copy) {
        tbb::parallel_for(std::size_t{0}, count, copy);
      });
    });
  }
  const number* find_first(input xs, number wanted) override {
    lowest_index lowest(xs.size());
    arena.execute([&] {
      tbb::parallel_for(range(0, xs.size()), [&](const range& r) {
        if (r.begin() >= lowest.get()) return;
        const input part = xs.subspan(r.begin(), r.size());
        const auto found = std::find(part.begin(), part.end(), wanted);
        if (found != part.end()) lowest.take(static_cast<std::size_t>(&*found - xs.data()));
      });
    });
    return lowest.get() == xs.size() ? nullptr : &xs[lowest.get()];
  }
  void sort(output xs) override {
    arena.execute([xs] { tbb::parallel_sort(xs.begin(), xs.end()); });
  }
  void scan(input xs, output to) override {
    arena.execute([=] {
      tbb::parallel_scan(
          range(0, xs.size()), number{0},
          [=](const range& r, number s, bool is_final) {
            for (std::size_t i = r.begin(); i < r.end(); ++i) {
              s += xs[i];
              if (is_final) to[i] = s;
            }
            return s;
          },
          std::plus<>());
    });
  }

private:
  const std::size_t participants_;
};

const registration with_tbb = engine<tbb_loops>(rank::peer, "tbb");

}  // namespace
}  // namespace bench::loops::in_tbb
