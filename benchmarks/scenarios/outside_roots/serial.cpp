// SPDX-License-Identifier: MIT OR Apache-2.0
// The eight threads without an engine: how evenly the kernel treats them.
#include "../../support/host_serial.hpp"
#include "outside_roots.hpp"

namespace bench::outside_roots::in_serial {
namespace {

struct serial_roots : serial_host {
  using serial_host::serial_host;

  template <class F, class G>
  void root(std::int64_t joins, const F& f, const G& g) const {
    for (std::int64_t i = 0; i < joins; ++i) {
      f();
      g();
    }
  }
};

const registration serial(rank::reference,
                          [](const options& o) { add<serial_roots>(o, "serial"); });

}  // namespace
}  // namespace bench::outside_roots::in_serial
