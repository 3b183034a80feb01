// SPDX-License-Identifier: MIT OR Apache-2.0
#include "files.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace legacy_visitor {
namespace fs = std::filesystem;
namespace {

void add_file(file_set& to, const fs::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) {
    to.problems.push_back({path, std::generic_category().message(errno)});
  } else if (text.find('\0') != std::string::npos) {
    to.problems.push_back({path, "holds a NUL byte, which the parser takes for its end"});
  } else {
    to.files.push_back({path, std::move(text)});
  }
}

void add_directory(file_set& to, const fs::path& directory, fs::directory_iterator entry) {
  std::error_code error;
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (entry->symlink_status(error).type() == fs::file_type::directory) {
      fs::directory_iterator below(path, error);
      if (error) {
        to.problems.push_back({path, error.message()});
      } else {
        add_directory(to, path, std::move(below));
      }
    } else if (path.extension() == ".json") {
      if (entry->is_regular_file(error)) {
        add_file(to, path);
      } else if (error) {
        to.problems.push_back({path, error.message()});
      }
    }
  }
  if (error) to.problems.push_back({directory, error.message()});
}

}  // namespace

file_set load(const fs::path& root) {
  file_set result;
  add_directory(result, root, fs::directory_iterator(root));
  std::ranges::sort(result.files, {}, &json_file::path);
  std::ranges::sort(result.problems, {}, &problem::path);
  return result;
}

}  // namespace legacy_visitor
