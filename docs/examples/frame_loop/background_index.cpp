// SPDX-License-Identifier: MIT OR Apache-2.0
#include "background_index.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace frame_loop {
namespace {

/// About a millisecond of counting: a worker that is wanted for a frame comes within that time.
constexpr std::size_t text_per_step = std::size_t{64} << 10;

}  // namespace

/// Counts itself as one of the round, and ends early when the index is stopped.
class background_index::job : public background_job {
public:
  explicit job(background_index& index) noexcept : index_(index) {}

  bool step() final {
    bool more = false;
    if (!index_.stopping_) {
      try {
        more = do_step();
      } catch (const word_index::not_text&) {
        const std::lock_guard lock(index_.mutex_);
        ++index_.result_.sum.binary;
      } catch (const word_index::read_error&) {
        const std::lock_guard lock(index_.mutex_);
        ++index_.result_.unreadable;
      }
    }
    if (!more) index_.ended();
    return more;
  }

protected:
  virtual bool do_step() = 0;

  background_index& index_;
};

class background_index::file_job final : public job {
public:
  file_job(background_index& index, word_index::file source)
      : job(index), source_(std::move(source)) {}

private:
  bool do_step() override {
    if (!reader_) reader_.emplace(source_);
    if (counted_ == block_.size()) {
      if (read_all_) {
        index_.add(std::move(words_), source_, *reader_);
        return false;
      }
      block_ = reader_->next_block();
      counted_ = 0;
      read_all_ = reader_->at_end();
    } else {
      std::string_view rest = std::string_view(block_).substr(counted_);
      if (rest.size() > text_per_step) {
        const std::size_t cut = word_index::cut_at_end(rest.substr(0, text_per_step));
        if (cut != 0) rest = rest.substr(0, cut);
      }
      words_.count(rest);
      counted_ += rest.size();
    }
    return true;
  }

  word_index::file source_;
  std::optional<word_index::text_reader> reader_;  // opened by the first step: few are at a time
  std::string block_;
  std::size_t counted_ = 0;  // bytes of the block
  bool read_all_ = false;
  word_index::tally words_;
};

class background_index::directory_job final : public job {
public:
  directory_job(background_index& index, std::filesystem::path path)
      : job(index), here_{std::move(path)} {}

private:
  bool do_step() override {
    // The jobs below do not keep the way back to the root: it is for finding loops, which there are
    // only where links are followed.
    const word_index::listing found = word_index::list(here_, word_index::links::leave);
    for (const auto& sub : found.directories) {
      index_.spawn(std::make_unique<directory_job>(index_, sub));
    }
    for (const auto& source : found.files) {
      index_.spawn(std::make_unique<file_job>(index_, source));
    }
    return false;
  }

  word_index::directory here_;
};

background_index::background_index(engine& on, std::filesystem::path root)
    : on_(on), root_(std::move(root)) {
  word_index::directory top{root_};
  static_cast<void>(word_index::list(top, word_index::links::leave));
}

void background_index::start() {
  spawn(std::make_unique<directory_job>(*this, root_));
  if (on_.runs_jobs()) running_.wait(false);
}

void background_index::stop() {
  if (stopping_.exchange(true)) return;
  on_.stop();
}

void background_index::spawn(std::unique_ptr<job> work) {
  ++jobs_;
  on_.spawn(std::move(work));
}

/// A job spawns its children before it ends, so nothing is left when the count has come to zero.
void background_index::ended() {
  if (--jobs_ != 0 || stopping_) return;
  {
    const std::lock_guard lock(mutex_);
    ++result_.rounds;
  }
  if (!running_.exchange(true)) running_.notify_one();
  spawn(std::make_unique<directory_job>(*this, root_));
}

void background_index::add(word_index::tally&& words, const word_index::file& source,
                           const word_index::text_reader& read) {
  {
    const std::lock_guard lock(mutex_);
    result_.sum.words.merge(std::move(words));
    result_.sum.add(source, read);
  }
  if (!running_.exchange(true)) running_.notify_one();
}

}  // namespace frame_loop
