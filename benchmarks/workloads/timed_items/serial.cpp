// SPDX-License-Identifier: MIT OR Apache-2.0
// The items in plain loops.
#include "../../support/host_serial.hpp"
#include "engine.hpp"

namespace bench::timed_items::in_serial {
namespace {

struct serial_loops final : serial_host, looper {
  using serial_host::serial_host;

  void run_all(items& of) override {
    for (std::size_t i = 0; i < of.size(); ++i) of.run(i);
  }
  void run_nested(items& of, std::size_t rows) override {
    const std::size_t columns = of.size() / rows;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < columns; ++i) of.run(row * columns + i);
    }
  }
};

const registration serial = engine<serial_loops>(rank::reference, "serial");

}  // namespace
}  // namespace bench::timed_items::in_serial
