// SPDX-License-Identifier: MIT OR Apache-2.0
// Lists one directory of the tree and says what each entry is. Reads no file and does not recurse:
// the order in which a tree is walked is the business of the caller.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace word_index {

/// Something of the tree could not be read. what() is the reason; the path is known to the caller.
struct read_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A thing that could not be read and why, as the report names it.
struct problem {
  std::filesystem::path path;
  std::string reason;
  auto operator<=>(const problem&) const = default;
};

/// One file or directory whatever its name.
struct identity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const identity&) const = default;
};

/// A directory on the way from the root to where the walk is now.
///
/// `above` points to the parent's node, which is a local variable of the function or coroutine that
/// walks the parent. That is safe without any counting of references because a parent ends only
/// after all its children have ended, in the parallel walk as in the serial one.
struct directory {
  std::filesystem::path path;
  const directory* above = nullptr;
  identity id = {};
};

struct file {
  std::filesystem::path path;
  bool gzip = false;  // decided by the name: it ends in ".gz"
};

/// What one directory holds.
struct listing {
  std::vector<std::filesystem::path> directories;
  std::vector<file> files;
  std::uint64_t links = 0;    // symbolic links that lead somewhere and were not followed
  std::uint64_t special = 0;  // fifos, sockets and devices: opening one may block or do things
  std::vector<problem> problems;
};

enum class links { leave, follow };

/// Lists `here` and fills in `here.id`. Throws read_error where the directory cannot be opened, and
/// where it is one of those above it: that is a loop, which only a symbolic link can make.
listing list(directory& here, links policy);

}  // namespace word_index
