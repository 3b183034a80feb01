// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts the words of a piece of text into a table. Knows nothing of files, threads or tasks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace word_index {

using word_table = std::unordered_map<std::string, std::uint64_t>;
using word_count = std::pair<std::string, std::uint64_t>;

/// What was counted in some text. Counting two pieces and merging gives the same as counting both
/// in one go, provided that the text was cut at white space: see `pieces`.
///
/// Two definitions of a word stand side by side:
///   - `words()` is what `LC_ALL=C wc -w` prints on Debian 12: runs of bytes between white space
///     that hold at least one printable ASCII character;
///   - the table holds runs of the letters a-z, lower-cased; every other byte separates.
class tally {
public:
  void count(std::string_view text);
  void merge(tally&& other);

  std::uint64_t words() const noexcept { return words_; }
  const word_table& table() const noexcept { return table_; }

  /// The `limit` most frequent words, the most frequent first, equal counts in alphabetic order.
  std::vector<word_count> most_frequent(std::size_t limit) const;

  bool operator==(const tally&) const = default;

private:
  std::uint64_t words_ = 0;
  word_table table_;
};

/// Cuts `text` into pieces that may be counted one by one: each but the last ends with white space,
/// has at least `size` bytes, and as few more as possible.
std::vector<std::string_view> pieces(std::string_view text, std::size_t size);

/// The place behind the last white space of `text`, or 0 where there is none.
std::size_t cut_at_end(std::string_view text) noexcept;

}  // namespace word_index
