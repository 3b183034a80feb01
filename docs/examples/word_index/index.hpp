// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts the words of all text files below a directory, once with tasks and once without.
// index_parallel.cpp is the part that shows how the library is used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "count.hpp"
#include "read.hpp"
#include "walk.hpp"

namespace micropool {
class thread_pool;
}

namespace word_index {

/// Everything that was found in a part of the tree.
struct totals {
  tally words;
  std::uint64_t directories = 0;
  std::uint64_t files = 0;       // text files counted, of which
  std::uint64_t gzip_files = 0;  // these were compressed
  std::uint64_t stored_bytes = 0;
  std::uint64_t text_bytes = 0;
  std::uint64_t binary = 0;
  std::uint64_t special = 0;
  std::uint64_t links = 0;
  std::vector<problem> problems;

  void add(listing& found);                               // all but its directories and files
  void add(const file& source, const text_reader& read);  // the file has been counted
  void merge(totals&& other);

  bool operator==(const totals&) const = default;
};

/// The result of one run over the tree, its problems sorted by path.
struct run {
  totals sum;
  double seconds = 0;
  std::vector<std::uint64_t> files_of;  // files counted by the caller, by worker 0, worker 1, ...
};

/// Both throw read_error where the root itself cannot be listed.
run index_serial(const std::filesystem::path& root, links policy);
run index_parallel(const std::filesystem::path& root, links policy, micropool::thread_pool& pool);

}  // namespace word_index
