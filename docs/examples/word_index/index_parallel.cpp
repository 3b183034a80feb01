// SPDX-License-Identifier: MIT OR Apache-2.0
// The index as a tree of tasks, one per directory and per file, with a loop over the pieces of each
// block of text.
//
// Four ways to work in parallel, each where it fits:
//   - `co_await scope` for the sub-directories: each of them forks more of the same kind;
//   - `co_await` of a loop whose bodies are tasks, for the files of a directory;
//   - `co_await` of a loop that folds, for the text of a block; a blocking one for the sum of all;
//   - `co_await join` of a task and a plain lambda to read one block while counting the last one.
//
// Nothing here takes a lock. What a file holds travels upwards as the result of a task, and then
// goes into the table of the thread that ends that file; these few tables are merged at the end.
#include <micropool/micropool.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index.hpp"
#include "per_participant.hpp"

namespace mp = micropool;

namespace word_index {
namespace {

/// What one thread takes of a block at a time: about half a millisecond of work.
constexpr std::size_t piece_size = std::size_t{64} << 10;

void count_piece(tally& words, std::string_view piece) { words.count(piece); }

/// For tallies and totals: adds one to another.
template <class T>
void merge_into(T& sum, T&& part) {
  sum.merge(std::move(part));
}

/// Counts a text. A table for each thread that takes part, since the order of merging does not
/// matter: with one for each piece, 45 MB of text have taken one thread two fifths more time.
mp::task<tally> count_text(std::string_view text) {
  return mp::par_iter(pieces(text, piece_size))
      .with(mp::split_per_item())
      .async()
      .fold_per_thread(tally(), count_piece, merge_into<tally>);
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
      // A loop whose bodies are tasks is awaited. At most it has as many files open as there are
      // threads, however many the directory holds.
      co_await mp::par_iter(found.files).for_each([this](const file& source) {
        return index_file(source);
      });
    });
  }

  std::vector<totals> take() { return totals_.take(); }

private:
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

}  // namespace

run index_parallel(const std::filesystem::path& root, links policy, mp::thread_pool& pool) {
  run result;
  const auto start = std::chrono::steady_clock::now();

  parallel_index index(policy, pool.num_threads());
  pool.sync_wait(index.index_directory({root}));

  std::vector<totals> parts = index.take();
  for (const totals& part : parts) result.files_of.push_back(part.files);
  result.sum = pool.install([&] {  // blocks: without .async() a loop returns its result
    return mp::par_iter(std::move(parts))
        .fold_per_thread(totals(), merge_into<totals>, merge_into<totals>);
  });

  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::sort(result.sum.problems.begin(), result.sum.problems.end());
  return result;
}

}  // namespace word_index
