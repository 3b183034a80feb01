// SPDX-License-Identifier: MIT OR Apache-2.0
// oneTBB, as its guide recommends for work of two urgencies: an arena of high priority for the
// frames and one of low priority for the jobs. A worker changes its arena when a task has ended, so
// each step of a job is a task that starts the next one.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <utility>

#include "engine_factories.hpp"

namespace frame_loop {
namespace {

namespace tbb = oneapi::tbb;

class tbb_engine final : public engine {
public:
  explicit tbb_engine(std::optional<std::size_t> threads)
      : threads_(threads ? *threads : static_cast<std::size_t>(tbb::info::default_concurrency())),
        limit_(tbb::global_control::max_allowed_parallelism, threads_),
        frames_(static_cast<int>(threads_), 1, tbb::task_arena::priority::high),
        background_(static_cast<int>(threads_), 1, tbb::task_arena::priority::low) {}
  ~tbb_engine() noexcept override { tbb_engine::stop(); }

  std::size_t threads() const noexcept override { return threads_; }
  // Also with one thread: oneTBB then starts a worker for what is enqueued.
  bool runs_jobs() const noexcept override { return true; }

  void for_pieces(std::size_t count, std::size_t grain, const piece& body) override {
    frames_.execute([&] {
      // The simple partitioner goes down to the grain, as the other engines do.
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, count, grain),
          [&](const tbb::blocked_range<std::size_t>& r) { body(r.begin(), r.end()); },
          tbb::simple_partitioner());
    });
  }

  void spawn(std::shared_ptr<background_job> job) override {
    background_.enqueue(jobs_.defer([this, job = std::move(job)] { run_step(job); }));
  }

  void stop() override {
    jobs_.cancel();
    background_.execute([&] { jobs_.wait(); });
  }

private:
  // The next step goes to this worker's own deque, before all that is enqueued: jobs that have
  // begun end before others begin, and so few files are open at any time.
  void run_step(const std::shared_ptr<background_job>& job) {
    if (job->step()) jobs_.run([this, job] { run_step(job); });
  }

  std::size_t threads_;
  tbb::global_control limit_;
  tbb::task_arena frames_;
  tbb::task_arena background_;
  tbb::task_group jobs_;
};

}  // namespace

std::unique_ptr<engine> make_tbb_engine(std::optional<std::size_t> threads) {
  return std::make_unique<tbb_engine>(threads);
}

}  // namespace frame_loop
