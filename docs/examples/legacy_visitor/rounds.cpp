// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rounds.hpp"

#include <micropool/iter.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>

namespace mp = micropool;

namespace legacy_visitor {
namespace {

/// What one thread takes of the list at a time: some microseconds.
constexpr std::size_t piece = 1024;

std::size_t threads_of_this_process() {
  std::ifstream status("/proc/self/status");
  std::size_t result = 0;
  for (std::string word; status >> word;) {
    if (word == "Threads:") status >> result;
  }
  return result;
}

}  // namespace

void round_counts::count(std::size_t waiting) {
  if (rounds++ == 0) threads_of_round = threads_of_this_process();
  most_waiting = std::max(most_waiting, waiting);
}

rounds::rounds(const name_list& names, std::size_t parsers) : names_(names), parsing_(parsers) {
  waiting_.reserve(parsers);
  round_.reserve(parsers);
}

bool rounds::ask(question& q) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(&q);
  --parsing_;
  return complete();
}

bool rounds::leave() {
  const std::lock_guard lock(mutex_);
  --parsing_;
  return complete();
}

bool rounds::complete() {
  if (parsing_ != 0 || waiting_.empty()) return false;
  round_.swap(waiting_);
  waiting_.clear();
  parsing_ = round_.size();
  return true;
}

mp::task<> rounds::answer() {
  counts_.count(round_.size());
  std::exception_ptr failure;
  try {
    co_await mp::par_iter(round_).async().for_each([this](question* q) { return answer_one(*q); });
  } catch (...) {
    failure = std::current_exception();
  }
  // The next round begins when the last of these has gone on: until then no thread changes round_,
  // and after that none reads it here.
  const std::vector<question*>& all = round_;
  for (std::size_t i = 0, n = all.size(); i != n; ++i) {
    all[i]->failure = failure;
    all[i]->go_on();
  }
}

mp::task<> rounds::answer_one(question& q) {
  const name_list::part all = names_.candidates(q.name);
  const std::size_t pieces = (all.end - all.begin + piece - 1) / piece;
  q.answer = co_await mp::par_range(pieces)
                 .async()
                 .map([&](std::size_t i) {
                   const std::size_t begin = all.begin + i * piece;
                   return names_.resembling(q.name, {begin, std::min(begin + piece, all.end)});
                 })
                 .reduce(similar(), std::plus<>());
}

}  // namespace legacy_visitor
