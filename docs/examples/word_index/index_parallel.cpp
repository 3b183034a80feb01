// SPDX-License-Identifier: MIT OR Apache-2.0
// The index as a tree of tasks: one per directory, per file and per piece of a large file.
//
// Three ways to fork, each where it fits:
//   - `co_await scope` for the sub-directories: their number is known only at run time;
//   - `co_await join` of two halves for the files of a directory and for the text of a block;
//   - `co_await join` of a task and a plain lambda to read one block while counting the last one.
//
// Nothing here takes a lock. What a file holds travels upwards as the result of a task, and then
// goes into the table of the thread that ends that file; these few tables are merged at the end.
#include <micropool/micropool.hpp>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "index.hpp"
#include "per_participant.hpp"

namespace mp = micropool;

namespace word_index {
namespace {

/// Texts up to this size are counted in one go. Smaller pieces share a large file among more
/// threads, but each has a table to be merged: measured on 45 MB of text with one thread, pieces of
/// 256 KiB take a fifth more time than whole blocks of 1 MiB, pieces of 64 KiB two fifths, of 16
/// KiB four.
constexpr std::size_t grain = std::size_t{256} << 10;

/// Counts a text by halving it: the two tallies are results of tasks, like any function's.
mp::task<tally> count_text(std::string_view text) {
  tally words;
  const std::size_t cut = text.size() > grain ? cut_near_middle(text) : text.size();
  if (cut == 0 || cut == text.size()) {
    words.count(text);
    co_return words;
  }
  auto [left, right] =
      co_await mp::join(count_text(text.substr(0, cut)), count_text(text.substr(cut)));
  left.merge(std::move(right));
  co_return std::move(left);
}

/// Counts a file. While one block is counted, the next one is read: the join holds two blocks in
/// memory, however large the file is. A read_error of next_block() comes out of the join, after the
/// counting beside it has ended, so `block` is never pulled away from under it.
mp::task<tally> count_file(text_reader& reader) {
  tally sum;
  std::string block = reader.next_block();
  while (!reader.at_end()) {
    auto [words, next] =
        co_await mp::join(count_text(block), [&reader] { return reader.next_block(); });
    sum.merge(std::move(words));
    block = std::move(next);
  }
  sum.merge(co_await count_text(block));
  co_return sum;
}

/// The tasks of one run and what they share.
class parallel_index {
public:
  parallel_index(links policy, std::size_t workers) : policy_(policy), totals_(workers) {}

  mp::task<> index_directory(directory here) {
    listing found;
    try {
      found = list(here, policy_);
    } catch (const read_error& error) {
      if (here.above == nullptr) throw;  // the root: comes out of sync_wait
      totals_.mine().problems.push_back({here.path, error.what()});
      co_return;
    }
    totals_.mine().add(found);
    // The children point to `here` and `found` in this frame. The scope ends after its last child,
    // so they may.
    co_await mp::scope([&](mp::scope_ref children) -> mp::task<> {
      for (const auto& sub : found.directories) children.fork(index_directory({sub, &here}));
      co_await index_files(found.files);
    });
  }

  std::vector<totals> take() { return totals_.take(); }

private:
  mp::task<> index_files(std::span<const file> files) {
    if (files.empty()) co_return;
    if (files.size() == 1) {
      co_await index_file(files.front());
      co_return;
    }
    const std::size_t half = files.size() / 2;
    co_await mp::join(index_files(files.first(half)), index_files(files.subspan(half)));
  }

  mp::task<> index_file(const file& source) {
    try {
      text_reader reader(source);
      // A table of its own: should a later block be damaged, nothing of this file may be counted.
      tally words = co_await count_file(reader);
      totals& mine = totals_.mine();  // behind the co_await, and none follows
      mine.words.merge(std::move(words));
      mine.add(source, reader);
    } catch (const not_text&) {
      ++totals_.mine().binary;
    } catch (const read_error& error) {
      totals_.mine().problems.push_back({source.path, error.what()});
    }
  }

  links policy_;
  per_participant<totals> totals_;
};

/// Merges the tables of all participants. Plain lambdas: this join blocks and returns the results.
totals merge_all(std::span<totals> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  const std::size_t half = parts.size() / 2;
  auto [left, right] = mp::join([&] { return merge_all(parts.first(half)); },
                                [&] { return merge_all(parts.subspan(half)); });
  left.merge(std::move(right));
  return std::move(left);
}

}  // namespace

run index_parallel(const std::filesystem::path& root, links policy, mp::thread_pool& pool) {
  run result;
  const auto start = std::chrono::steady_clock::now();

  parallel_index index(policy, pool.num_threads());
  pool.sync_wait(index.index_directory({root}));

  std::vector<totals> parts = index.take();
  for (const totals& part : parts) result.files_of.push_back(part.files);
  result.sum = pool.install([&] { return merge_all(parts); });

  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::sort(result.sum.problems.begin(), result.sum.problems.end());
  return result;
}

}  // namespace word_index
