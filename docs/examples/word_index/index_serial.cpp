// SPDX-License-Identifier: MIT OR Apache-2.0
// The same index as a plain recursive program on one thread: the yardstick for the parallel one.
// It reads, counts and reports with the same functions; only the order of the work differs.
#include <algorithm>
#include <chrono>
#include <utility>

#include "index.hpp"

namespace word_index {
namespace {

void index_file(const file& source, totals& sum) {
  try {
    text_reader reader(source);
    // A table of its own: should a later block be damaged, nothing of this file may be counted.
    tally words;
    while (!reader.at_end()) words.count(reader.next_block());
    sum.words.merge(std::move(words));
    sum.add(source, reader);
  } catch (const not_text&) {
    ++sum.binary;
  } catch (const read_error& error) {
    sum.problems.push_back({source.path, error.what()});
  }
}

void index_directory(directory here, links policy, totals& sum) {
  listing found;
  try {
    found = list(here, policy);
  } catch (const read_error& error) {
    if (here.above == nullptr) throw;  // the root
    sum.problems.push_back({here.path, error.what()});
    return;
  }
  sum.add(found);
  for (const auto& sub : found.directories) index_directory({sub, &here}, policy, sum);
  for (const auto& source : found.files) index_file(source, sum);
}

}  // namespace

run index_serial(const std::filesystem::path& root, links policy) {
  run result;
  const auto start = std::chrono::steady_clock::now();
  index_directory({root}, policy, result.sum);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::sort(result.sum.problems.begin(), result.sum.problems.end());
  result.files_of = {result.sum.files};
  return result;
}

}  // namespace word_index
