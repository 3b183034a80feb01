// SPDX-License-Identifier: MIT OR Apache-2.0
// No engine: the frame's thread does the frame, and one other thread the jobs. Its checksum is the
// one that all others must reach.
#include <algorithm>
#include <utility>

#include "background_threads.hpp"
#include "engine_factories.hpp"

namespace frame_loop {
namespace {

class serial_engine final : public engine {
public:
  std::size_t threads() const noexcept override { return 1; }
  bool runs_jobs() const noexcept override { return true; }

  void for_pieces(std::size_t count, std::size_t grain, const piece& body) override {
    for (std::size_t first = 0; first < count; first += grain) {
      body(first, std::min(count, first + grain));
    }
  }

  void spawn(std::shared_ptr<background_job> job) override { jobs_.add(std::move(job)); }
  void stop() override { jobs_.stop(); }

private:
  background_threads jobs_{1};
};

}  // namespace

std::unique_ptr<engine> make_serial_engine(std::optional<std::size_t>) {
  return std::make_unique<serial_engine>();
}

}  // namespace frame_loop
