// SPDX-License-Identifier: MIT OR Apache-2.0
// The load beside the frames: counts the words of a directory tree as ../word_index does, with its
// sources, as background jobs: one per directory and one per file.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "../word_index/index.hpp"
#include "engine.hpp"

namespace frame_loop {

struct index_result {
  word_index::totals sum;  // over the files that were counted to their end
  std::uint64_t unreadable = 0;
  std::uint64_t rounds = 0;  // through the whole tree
};

/// A load that ended would leave the rest of the phase without one: a tree that has been indexed to
/// its end is begun again.
class background_index {
public:
  /// Throws word_index::read_error where the root cannot be listed.
  background_index(engine& on, std::filesystem::path root);
  ~background_index() { stop(); }
  background_index(const background_index&) = delete;
  background_index& operator=(const background_index&) = delete;

  /// Returns when the first file has been counted, so that the load runs and does not only begin.
  /// At once, if the engine has no thread to run jobs.
  void start();

  /// Ends the jobs, and with them the use of the engine. What follows may be called afterwards.
  void stop();
  const index_result& result() const noexcept { return result_; }

private:
  class job;
  class directory_job;
  class file_job;

  void spawn(std::unique_ptr<job> work);
  void ended();
  void add(word_index::tally&& words, const word_index::file& source,
           const word_index::text_reader& read);

  engine& on_;
  std::filesystem::path root_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> running_ = false;    // a file has been counted, or there is none
  std::atomic<std::uint64_t> jobs_ = 0;  // of this round, not ended yet
  std::mutex mutex_;                     // never held during a step, only at the end of a file
  index_result result_;
};

}  // namespace frame_loop
