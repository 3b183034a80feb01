// SPDX-License-Identifier: MIT OR Apache-2.0
// The JSON files below a directory, in memory: what is timed is parsing and not the disk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace legacy_visitor {

struct json_file {
  std::filesystem::path path;
  std::string text;
};

/// A file or directory that cannot be read, or is no JSON.
struct problem {
  std::filesystem::path path;
  std::string reason;
};

struct file_set {
  std::vector<json_file> files;  // sorted by their paths
  std::vector<problem> problems;
};

/// All regular files named *.json below `root`; symbolic links to directories are not followed.
/// Throws std::filesystem::filesystem_error where the root itself cannot be listed.
file_set load(const std::filesystem::path& root);

}  // namespace legacy_visitor
