// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads a text file, plain or gzip-compressed, in blocks that end at white space. Holds one block
// at a time, so that neither a huge file nor a small one that inflates hugely fills the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "walk.hpp"

namespace word_index {

/// The file holds a NUL byte, so it is binary. Not an error: such files are counted and left out.
struct not_text : std::exception {
  const char* what() const noexcept override { return "binary file"; }
};

/// One file being read. Every member throws read_error where the file cannot be opened, read or
/// decompressed, and not_text where it turns out to be binary.
class text_reader {
public:
  /// Large enough that the work on a block dwarfs the cost of a fork, small enough for a cache.
  static constexpr std::size_t block_size = std::size_t{1} << 20;
  /// A text without any white space for this long is not taken for text; it bounds the memory.
  static constexpr std::size_t longest_run = std::size_t{64} << 20;

  explicit text_reader(const file& source);
  ~text_reader();
  text_reader(text_reader&&) = delete;

  /// The next block: about block_size bytes up to and with white space, or the rest of the file.
  std::string next_block();

  /// Whether everything has been returned. An empty file is at its end after one empty block.
  bool at_end() const noexcept { return at_end_; }

  /// What the file takes on the disk, and the text read so far.
  std::uint64_t stored_bytes() const noexcept { return gzip_ ? stored_bytes_ : text_bytes_; }
  std::uint64_t text_bytes() const noexcept { return text_bytes_; }

private:
  std::size_t fill(char* into, std::size_t size);
  std::size_t read_plain(char* into, std::size_t size);
  std::size_t read_gzip(char* into, std::size_t size);

  struct gzip_stream;
  int descriptor_ = -1;
  std::unique_ptr<gzip_stream> gzip_;  // null for a plain file
  std::uint64_t stored_bytes_ = 0;
  std::uint64_t text_bytes_ = 0;
  std::string carried_;  // the start of a word that was cut off the end of the last block
  bool at_end_ = false;
};

}  // namespace word_index
