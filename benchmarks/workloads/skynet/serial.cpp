// SPDX-License-Identifier: MIT OR Apache-2.0
// skynet as a plain recursive function.
#include "../../support/host_serial.hpp"
#include "../../support/workload.hpp"
#include "skynet.hpp"

namespace bench::skynet::in_serial {
namespace {

number node(number first, number leaves) {
  if (leaves == 1) return first;
  const number part = leaves / children;
  number sum = 0;
  for (int i = 0; i < children; ++i) sum += node(first + i * part, part);
  return sum;
}

const engine<work, serial_host> serial(rank::reference, "serial",
                                       [](serial_host&, work& w) { return node(0, w.leaves); });

}  // namespace
}  // namespace bench::skynet::in_serial
