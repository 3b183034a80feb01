// SPDX-License-Identifier: MIT OR Apache-2.0
// Exceptions travel the way results do.
#include <micropool/micropool.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "check.hpp"

namespace mp = micropool;

// [snippet: through_tasks]
mp::task<int> parse(std::string text) {
  co_return std::stoi(text);
}

mp::task<int> parse_or(std::string text, int otherwise) {
  try {
    co_return co_await parse(std::move(text));
  } catch (const std::invalid_argument&) {
    co_return otherwise;
  }
}

bool arrives_in_plain_code() {
  try {
    mp::sync_wait(parse("seven"));
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}
// [end]

// [snippet: siblings_end_first]
mp::task<bool> siblings_end_first() {
  int written = 0;
  try {
    // The second branch refers to a local of this frame. It may: whatever the first one throws,
    // the join ends after both.
    co_await mp::join(parse("not a number"), [&] { written = 1; });
  } catch (const std::invalid_argument&) {
    co_return written == 1;
  }
  co_return false;
}
// [end]

// [snippet: after_a_catch]
mp::task<int> recover(std::string text) {
  bool failed = false;
  try {
    co_return co_await parse(std::move(text));
  } catch (const std::invalid_argument&) {
    failed = true;  // co_await is not allowed in a handler, so remember and leave it
  }
  if (!failed) co_return -1;
  const int otherwise = co_await parse("0");
  co_return otherwise;
}
// [end]

// [snippet: in_a_destructor]
struct flushes_in_its_destructor {
  std::atomic<int>& flushed;
  ~flushes_in_its_destructor() {
    mp::join([this] { ++flushed; },
             [this] { ++flushed; });  // also while an exception is on its way
  }
};

int flush_while_unwinding() {
  std::atomic<int> flushed{0};
  try {
    const flushes_in_its_destructor guard{flushed};
    throw std::runtime_error("on its way");
  } catch (const std::runtime_error&) {
  }
  return flushed;
}
// [end]

int main() {
  check(mp::sync_wait(parse_or("12", 0)) == 12);
  check(mp::sync_wait(parse_or("twelve", 7)) == 7);
  check(arrives_in_plain_code());
  check(mp::sync_wait(siblings_end_first()));
  check(mp::sync_wait(recover("five")) == 0);
  check(mp::sync_wait(recover("5")) == 5);
  check(flush_while_unwinding() == 2);
}
