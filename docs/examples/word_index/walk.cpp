// SPDX-License-Identifier: MIT OR Apache-2.0
#include "walk.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace word_index {
namespace {

namespace fs = std::filesystem;

constexpr const char* loop_reason =
    "a symbolic link leads back to a directory above it: a loop, not entered";

bool is_above(identity id, const directory* here) noexcept {
  for (; here != nullptr; here = here->above) {
    if (here->id == id) return true;
  }
  return false;
}

/// Sorts one entry into `found`. `type` is the type of what is to be read: of the entry itself or,
/// where links are followed, of what the link leads to.
void add(listing& found, const fs::path& path, fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:
      found.directories.push_back(path);
      break;
    case fs::file_type::regular:
      found.files.push_back({path, path.extension() == ".gz"});
      break;
    default:
      ++found.special;
  }
}

/// A link that leads nowhere, in a circle or back up is a defect of the tree whether links are
/// followed or not, so it is reported in both cases.
void add_link(listing& found, const fs::path& path, const directory& here, links policy) {
  struct stat target;
  if (::stat(path.c_str(), &target) != 0) {
    const std::error_code error(errno, std::generic_category());
    found.problems.push_back({path, "symbolic link: " + error.message()});
  } else if (S_ISDIR(target.st_mode) && is_above({target.st_dev, target.st_ino}, &here)) {
    found.problems.push_back({path, loop_reason});
  } else if (policy == links::leave) {
    ++found.links;
  } else {
    std::error_code vanished;  // meanwhile: then it counts as special, as a socket would
    add(found, path, fs::status(path, vanished).type());
  }
}

}  // namespace

listing list(directory& here, links policy) {
  struct stat self;
  if (::stat(here.path.c_str(), &self) != 0) {
    throw read_error(std::error_code(errno, std::generic_category()).message());
  }
  here.id = {self.st_dev, self.st_ino};
  if (is_above(here.id, here.above)) throw read_error(loop_reason);

  listing found;
  std::error_code error;
  fs::directory_iterator entry(here.path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code entry_error;
    const fs::file_type type = entry->symlink_status(entry_error).type();
    if (entry_error) {
      found.problems.push_back({entry->path(), entry_error.message()});
    } else if (type == fs::file_type::symlink) {
      add_link(found, entry->path(), here, policy);
    } else {
      add(found, entry->path(), type);
    }
  }
  if (error) throw read_error(error.message());
  return found;
}

}  // namespace word_index
