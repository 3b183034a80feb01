// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops as one writes them without an engine.
#include <algorithm>
#include <numeric>

#include "../../support/host_serial.hpp"
#include "engine.hpp"

namespace bench::loops::in_serial {
namespace {

struct serial_loops final : serial_host, chains, algorithms {
  using serial_host::serial_host;

  number sum(input xs) override { return std::accumulate(xs.begin(), xs.end(), number{0}); }
  void add(input a, input b, output to) override {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = a[i] + b[i];
  }
  std::vector<number> collect(input xs) override {
    std::vector<number> kept;
    collect_into(xs, kept);
    return kept;
  }
  void collect_into(input xs, std::vector<number>& to) override {
    to.clear();
    for (const number x : xs) {
      if (const number y = mixed(x); is_kept(y)) to.push_back(y);
    }
  }
  const number* find_first(input xs, number wanted) override {
    const auto found = std::find(xs.begin(), xs.end(), wanted);
    return found == xs.end() ? nullptr : &*found;
  }
  void sort(output xs) override { std::sort(xs.begin(), xs.end()); }
  void scan(input xs, output to) override { std::inclusive_scan(xs.begin(), xs.end(), to.begin()); }
};

const registration serial = engine<serial_loops>(rank::reference, "serial");

}  // namespace
}  // namespace bench::loops::in_serial
