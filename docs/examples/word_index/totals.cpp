// SPDX-License-Identifier: MIT OR Apache-2.0
// Adding up what parts of the tree hold.
#include <iterator>
#include <utility>

#include "index.hpp"

namespace word_index {

void totals::add(listing& found) {
  ++directories;
  special += found.special;
  links += found.links;
  problems.insert(problems.end(), std::move_iterator(found.problems.begin()),
                  std::move_iterator(found.problems.end()));
}

void totals::add(const file& source, const text_reader& read) {
  ++files;
  gzip_files += source.gzip ? 1 : 0;
  stored_bytes += read.stored_bytes();
  text_bytes += read.text_bytes();
}

void totals::merge(totals&& other) {
  words.merge(std::move(other.words));
  directories += other.directories;
  files += other.files;
  gzip_files += other.gzip_files;
  stored_bytes += other.stored_bytes;
  text_bytes += other.text_bytes;
  binary += other.binary;
  special += other.special;
  links += other.links;
  problems.insert(problems.end(), std::move_iterator(other.problems.begin()),
                  std::move_iterator(other.problems.end()));
}

}  // namespace word_index
