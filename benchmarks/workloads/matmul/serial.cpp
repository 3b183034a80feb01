// SPDX-License-Identifier: MIT OR Apache-2.0
// The matrix product as a plain recursive function.
#include "../../support/host_serial.hpp"
#include "../../support/workload.hpp"
#include "matmul.hpp"

namespace bench::matmul::in_serial {
namespace {

void multiply(input a, input b, output c) {
  if (c.size <= block) return multiply_block(a, b, c);
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t i = 0; i < 4; ++i) part(a, b, c, k, i, multiply);
  }
}

const engine<work, serial_host> serial(rank::reference, "serial", [](serial_host&, work& w) {
  multiply(w.a(), w.b(), w.c());
  return static_cast<const work*>(&w);
});

}  // namespace
}  // namespace bench::matmul::in_serial
