// SPDX-License-Identifier: MIT OR Apache-2.0
// Collects the questions of many parsers and answers them together, in rounds: as soon as every
// parser that has not ended waits for an answer, all of their questions are one parallel loop. It
// is how one asks a data base, which answers a hundred questions in one go faster than one after
// the other.
//
// What a question does while it waits is its own affair: here a thread waits, there a stack.
#pragma once

#include <micropool/task.hpp>

#include <cstddef>
#include <exception>
#include <mutex>
#include <string_view>
#include <vector>

#include "names.hpp"

namespace legacy_visitor {

struct question {
  std::string_view name;
  similar answer{};
  std::exception_ptr failure{};

  /// There is an answer, or a failure: the parser that waits for it resumes.
  virtual void go_on() = 0;

protected:
  ~question() = default;
};

/// How the questions have met.
struct round_counts {
  std::size_t rounds = 0;
  std::size_t most_waiting = 0;      // parsers, at the same time
  std::size_t threads_of_round = 0;  // of the whole process, in the first round

  void count(std::size_t waiting);
};

/// Threads: any. Lifetime: must outlive every call, and every question until it goes on.
class rounds {
public:
  /// `parsers` of them will ask one question at a time, and leave when they have ended.
  rounds(const name_list& names, std::size_t parsers);

  /// True makes the round complete: the caller must run answer(), which answers this question as
  /// well. After false another thread may have answered it already, and be through with it.
  [[nodiscard]] bool ask(question& q);
  [[nodiscard]] bool leave();

  /// Answers the round that is complete, and lets its parsers go on.
  micropool::task<> answer();

  const round_counts& counts() const { return counts_; }  // when all parsers have left

private:
  micropool::task<> answer_one(question& q);
  bool complete();

  const name_list& names_;
  std::mutex mutex_;
  std::size_t parsing_;  // neither waiting nor ended
  std::vector<question*> waiting_;
  std::vector<question*> round_;  // those being answered; changes only when no parser runs
  round_counts counts_;
};

}  // namespace legacy_visitor
