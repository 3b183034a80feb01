// SPDX-License-Identifier: MIT OR Apache-2.0
// The two branches one after the other: what any engine is measured against.
#include "../../support/host_serial.hpp"
#include "join.hpp"

namespace bench::latency::in_serial {
namespace {

struct serial_pair : serial_host {
  using serial_host::serial_host;

  template <class F, class G>
  void join(F&& f, G&& g) {
    f();
    benchmark::ClobberMemory();
    g();
    benchmark::ClobberMemory();
  }
};

const registration serial(rank::reference,
                          [](const options& o) { add_joins<serial_pair>(o, "serial"); });

}  // namespace
}  // namespace bench::latency::in_serial
