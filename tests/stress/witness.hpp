// SPDX-License-Identifier: MIT OR Apache-2.0
// Records where code ran: on which thread, what that thread was blocked on, and in which node; and
// checks promise 3 on the records: a blocked thread runs only what it waits for.
#pragma once

#include "tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stress {

// A node of one run of a tree.
struct place {
  const tree* in = nullptr;  // null: a worker at the bottom of its stack is blocked on nothing
  node_id at = 0;
};

struct record {
  std::uint32_t thread;
  place blocked_on;
  place ran;
};

// The rule. A null place allows everything.
bool may_run(const place& blocked_on, const place& job);

// All records of one round. The threads write to buffers of their own, so that recording changes
// the timing little.
class witness {
public:
  witness();
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;

  // The calling thread runs code of the node now.
  void ran(const place& where);

  // When all is over. The first record that breaks the rule, in words.
  std::optional<std::string> violation() const;
  // Records of a thread that ran something further down than a child of what it was blocked on,
  // that is, something it can only have got from the scheduler.
  std::size_t helped() const;
  std::size_t size() const;

private:
  struct buffer {
    std::uint32_t thread;
    std::vector<record> records;
  };

  const std::uint64_t number_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<buffer>> buffers_;
};

// While it lives the calling thread is blocked on the node; but in a stackful task, whose waits
// block nothing. Stands in plain code only, beside the blocking call.
class blocked_on {
public:
  explicit blocked_on(const place& where);
  ~blocked_on();
  blocked_on(const blocked_on&) = delete;
  blocked_on& operator=(const blocked_on&) = delete;

private:
  const bool blocks_;
  place outer_;
};

}  // namespace stress
