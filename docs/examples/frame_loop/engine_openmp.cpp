// SPDX-License-Identifier: MIT OR Apache-2.0
// OpenMP for the frames. It has no work of a lower urgency, so the jobs have threads of their own,
// and the operating system divides the cores between the two.
#include <omp.h>

#include <algorithm>
#include <utility>

#include "background_threads.hpp"
#include "engine_factories.hpp"

namespace frame_loop {
namespace {

class openmp_engine final : public engine {
public:
  explicit openmp_engine(std::optional<std::size_t> threads)
      : threads_(threads ? *threads : static_cast<std::size_t>(omp_get_max_threads())),
        jobs_(std::max<std::size_t>(threads_, 2) - 1) {}

  std::size_t threads() const noexcept override { return threads_; }
  bool runs_jobs() const noexcept override { return true; }

  void for_pieces(std::size_t count, std::size_t grain, const piece& body) override {
    const std::size_t pieces = (count + grain - 1) / grain;
    const int team = static_cast<int>(threads_);
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (std::size_t i = 0; i < pieces; ++i) body(i * grain, std::min(count, (i + 1) * grain));
  }

  void spawn(std::shared_ptr<background_job> job) override { jobs_.add(std::move(job)); }
  void stop() override { jobs_.stop(); }

private:
  std::size_t threads_;
  background_threads jobs_;  // as many as the workers that the other engines have
};

}  // namespace

std::unique_ptr<engine> make_openmp_engine(std::optional<std::size_t> threads) {
  return std::make_unique<openmp_engine>(threads);
}

}  // namespace frame_loop
