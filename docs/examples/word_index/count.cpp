// SPDX-License-Identifier: MIT OR Apache-2.0
#include "count.hpp"

#include <algorithm>
#include <array>

namespace word_index {
namespace {

enum class byte_kind : unsigned char { unprintable, printable, letter, space };

/// The "C" locale spelled out: isspace() and its kin would ask the locale for every byte.
constexpr std::array<byte_kind, 256> byte_kinds = [] {
  std::array<byte_kind, 256> kinds{};
  for (unsigned c = 0x21; c <= 0x7e; ++c) kinds[c] = byte_kind::printable;
  for (unsigned c = 'a'; c <= 'z'; ++c) kinds[c] = kinds[c - 'a' + 'A'] = byte_kind::letter;
  for (unsigned c : {' ', '\t', '\n', '\v', '\f', '\r'}) kinds[c] = byte_kind::space;
  return kinds;
}();

bool is_space(char c) noexcept {
  return byte_kinds[static_cast<unsigned char>(c)] == byte_kind::space;
}

}  // namespace

void tally::count(std::string_view text) {
  std::string letters;  // the run being read, lower-cased; short runs need no heap
  bool in_word = false;
  for (const char c : text) {
    const byte_kind kind = byte_kinds[static_cast<unsigned char>(c)];
    if (kind == byte_kind::letter) {
      letters.push_back(static_cast<char>(c | 0x20));
    } else if (!letters.empty()) {
      ++table_[letters];
      letters.clear();
    }
    if (kind == byte_kind::space) {
      in_word = false;
    } else if (kind != byte_kind::unprintable && !in_word) {
      in_word = true;
      ++words_;
    }
  }
  if (!letters.empty()) ++table_[letters];
}

void tally::merge(tally&& other) {
  words_ += other.words_;
  other.words_ = 0;
  // The smaller table goes into the larger one, so that merging many small tables stays cheap.
  if (other.table_.size() > table_.size()) table_.swap(other.table_);
  // Moves the nodes of words that are new here; what remains in `other` is known on both sides.
  table_.merge(other.table_);
  for (const auto& [word, times] : other.table_) table_[word] += times;
  other.table_.clear();
}

std::vector<word_count> tally::most_frequent(std::size_t limit) const {
  std::vector<word_count> top(table_.begin(), table_.end());
  limit = std::min(limit, top.size());
  std::partial_sort(top.begin(), top.begin() + static_cast<std::ptrdiff_t>(limit), top.end(),
                    [](const word_count& a, const word_count& b) {
                      return a.second != b.second ? a.second > b.second : a.first < b.first;
                    });
  top.resize(limit);
  return top;
}

std::vector<std::string_view> pieces(std::string_view text, std::size_t size) {
  std::vector<std::string_view> result;
  while (text.size() > size) {
    const auto* space = std::find_if(text.begin() + size, text.end(), is_space);
    if (space == text.end()) break;
    const auto length = static_cast<std::size_t>(space - text.begin()) + 1;
    result.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  if (!text.empty()) result.push_back(text);
  return result;
}

std::size_t cut_at_end(std::string_view text) noexcept {
  const auto last = std::find_if(text.rbegin(), text.rend(), is_space);
  return static_cast<std::size_t>(text.rend() - last);
}

}  // namespace word_index
