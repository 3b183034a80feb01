// SPDX-License-Identifier: MIT OR Apache-2.0
#include "read.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "count.hpp"

namespace word_index {
namespace {

[[noreturn]] void throw_errno(int error) {
  throw read_error(std::error_code(error, std::generic_category()).message());
}

}  // namespace

struct text_reader::gzip_stream {
  explicit gzip_stream(int descriptor) : handle(gzdopen(descriptor, "rb")) {
    if (handle == nullptr) throw read_error("zlib: out of memory");
    gzbuffer(handle, 64 * 1024);
  }
  ~gzip_stream() { gzclose_r(handle); }  // closes the descriptor as well
  gzip_stream(gzip_stream&&) = delete;

  gzFile handle;
};

text_reader::text_reader(const file& source) {
  // O_NONBLOCK: should the file have become a fifo since it was listed, open() must not wait for
  // a process to write to it.
  descriptor_ = ::open(source.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor_ < 0) throw_errno(errno);
  try {
    struct stat self;
    if (::fstat(descriptor_, &self) != 0) throw_errno(errno);
    if (!S_ISREG(self.st_mode)) throw read_error("is no longer a regular file");
    stored_bytes_ = static_cast<std::uint64_t>(self.st_size);
    if (source.gzip) gzip_ = std::make_unique<gzip_stream>(descriptor_);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

text_reader::~text_reader() {
  if (!gzip_) ::close(descriptor_);
}

std::string text_reader::next_block() {
  std::string text = std::move(carried_);
  carried_.clear();
  // The first guess suits the many small files: one buffer, not much larger than needed.
  std::size_t step = std::clamp<std::size_t>(stored_bytes_ * (gzip_ ? 4 : 1) + 1, 4096, block_size);
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + step);
    const std::size_t got = fill(text.data() + had, step);
    text.resize(had + got);
    text_bytes_ += got;
    if (std::memchr(text.data() + had, '\0', got) != nullptr) throw not_text();
    if (got < step) {
      at_end_ = true;
      return text;
    }
    if (text.size() >= block_size) {
      if (const std::size_t end = cut_at_end(text); end != 0) {
        carried_.assign(text, end);
        text.resize(end);
        return text;
      }
      if (text.size() > longest_run) throw read_error("64 MiB without white space: not a text");
    }
    step = std::min(text.size(), block_size);
  }
}

/// Fills `into`; less than `size` bytes mean that the file ends there.
std::size_t text_reader::fill(char* into, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const std::size_t got =
        gzip_ ? read_gzip(into + filled, size - filled) : read_plain(into + filled, size - filled);
    if (got == 0) break;
    filled += got;
  }
  return filled;
}

std::size_t text_reader::read_plain(char* into, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(descriptor_, into, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw_errno(errno);
  }
}

std::size_t text_reader::read_gzip(char* into, std::size_t size) {
  const int got = gzread(gzip_->handle, into, static_cast<unsigned>(size));
  // zlib passes a file that is not compressed through as it is; gzip refuses it, and so do we.
  if (gzdirect(gzip_->handle) != 0) throw read_error("not in gzip format");
  if (got > 0) return static_cast<std::size_t>(got);
  // Nothing left to return: zlib tells only now whether the end came where it should.
  int status = Z_OK;
  std::string_view message = gzerror(gzip_->handle, &status);
  if (status == Z_ERRNO) throw_errno(errno);
  if (status == Z_OK || status == Z_STREAM_END) return 0;
  // zlib puts the number of the descriptor in front, "<fd:4>: ", which means nothing to a reader
  // and is another one in every run.
  if (const std::size_t prefix = message.find(">: "); prefix != std::string_view::npos) {
    message.remove_prefix(prefix + 3);
  }
  throw read_error("gzip: " + std::string(message));
}

}  // namespace word_index
