// SPDX-License-Identifier: MIT OR Apache-2.0
// One pool for both kinds of work. A frame is a handful of blocking loops, which are foreground
// work: the frame's thread works on them itself, and workers come to help before they look at any
// job. A job is a background task: a coroutine that makes room after each of its steps.
#include <micropool/micropool.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>

#include "engine_factories.hpp"

namespace mp = micropool;

namespace frame_loop {
namespace {

mp::task<> run_steps(std::shared_ptr<background_job> job) {
  while (job->step()) co_await mp::yield();  // a worker runs what a frame has for it first
}

mp::pool_options pool_options_for(std::optional<std::size_t> threads) {
  mp::pool_options result;
  // The frame's thread counts as well. One thread is no worker at all: frames still run.
  if (threads) result.num_threads = *threads - 1;
  result.thread_name = "frame_loop";
  return result;
}

class micropool_engine final : public engine {
public:
  explicit micropool_engine(std::optional<std::size_t> threads)
      : pool_(pool_options_for(threads)) {}

  std::size_t threads() const noexcept override { return pool_.num_threads() + 1; }
  bool runs_jobs() const noexcept override { return pool_.num_threads() != 0; }

  void for_pieces(std::size_t count, std::size_t grain, const piece& body) override {
    // Each piece is worth a thread, so help is asked for at once, and pieces are handed out singly.
    // One steal moves half of what is left: a worker that comes late needs few of them.
    pool_.install([&] {
      mp::par_chunks(std::views::iota(std::size_t{0}, count), grain)
          .with(mp::split_per_item())
          .for_each([&](auto numbers) { body(numbers.front(), numbers.back() + 1); });
    });
  }

  void spawn(std::shared_ptr<background_job> job) override {
    // The handle is dropped at once: no thread waits for a job, so it is detached.
    const mp::owned_task<void> detached = pool_.spawn_owned(run_steps(std::move(job)));
  }

  void stop() override { pool_.shutdown(mp::shutdown::cancel_queued); }

private:
  mp::thread_pool pool_;
};

}  // namespace

std::unique_ptr<engine> make_micropool_engine(std::optional<std::size_t> threads) {
  return std::make_unique<micropool_engine>(threads);
}

}  // namespace frame_loop
