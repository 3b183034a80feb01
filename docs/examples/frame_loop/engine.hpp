// SPDX-License-Identifier: MIT OR Apache-2.0
// What the frame loop wants from a runtime: loops for the frame, and jobs beside it. One file per
// engine implements it; engine_micropool.cpp is the part that shows how the library is used.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace frame_loop {

/// Work for which no frame waits, in steps of a few milliseconds.
class background_job {
public:
  background_job() = default;
  background_job(const background_job&) = delete;
  background_job& operator=(const background_job&) = delete;
  virtual ~background_job() = default;

  /// Does the next step; false when nothing is left to do. Steps of one job never overlap, but each
  /// may run on another thread. Must not throw.
  virtual bool step() = 0;
};

class engine {
public:
  /// Does the particles [first, last).
  using piece = std::function<void(std::size_t first, std::size_t last)>;

  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;  // ends the threads, after stop()

  /// Threads that may work on a frame, the calling one included.
  virtual std::size_t threads() const noexcept = 0;
  /// Whether background jobs are run while no thread waits for them.
  virtual bool runs_jobs() const noexcept = 0;

  /// Calls `body` for pieces of at most `grain` particles, which together are [0, count); returns
  /// when all have ended. Only the thread of the frame loop calls this; `body` must not throw.
  virtual void for_pieces(std::size_t count, std::size_t grain, const piece& body) = 0;

  /// Queues a job and returns. Jobs may call this as well.
  virtual void spawn(std::shared_ptr<background_job> job) = 0;

  /// Drops the jobs that have not started, and returns when the others have ended: it is for the
  /// caller to see to that they do. No call but this one may follow.
  virtual void stop() = 0;
};

/// There is no such engine, or not in this build; what() says which there are.
struct no_such_engine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `threads` as in engine::threads(); nothing leaves the number to the engine.
std::unique_ptr<engine> make_engine(std::string_view name, std::optional<std::size_t> threads);

/// The names of the engines in this build, separated by blanks.
std::string built_engines();

}  // namespace frame_loop
