// SPDX-License-Identifier: MIT OR Apache-2.0
// Loops over items that take a known time each: what an engine has to be able to do. The cases
// (cases.cpp) are compiled once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../../support/busy_work.hpp"
#include "../../support/program.hpp"

namespace bench::timed_items {

// The bodies of a loop. Each item counts its runs, so that a lost or doubled one is noticed.
class items {
public:
  explicit items(const std::vector<std::chrono::nanoseconds>& lengths) : runs_(lengths.size()) {
    work_.reserve(lengths.size());
    for (const auto length : lengths) work_.emplace_back(length);
  }

  std::size_t size() const noexcept { return work_.size(); }
  void run(std::size_t i) noexcept {
    work_[i]();
    ++runs_[i];
  }
  bool each_ran(std::int64_t times) const noexcept {
    for (const std::int64_t n : runs_) {
      if (n != times) return false;
    }
    return true;
  }

private:
  std::vector<busy_work> work_;
  std::vector<std::int64_t> runs_;
};

class looper {
public:
  virtual ~looper() = default;

  virtual void run_all(items& of) = 0;
  // The same for items that are known to differ much, where the engine has something for that.
  virtual void run_uneven(items& of) { run_all(of); }
  // A loop over `rows` with a loop over the items of a row inside.
  virtual void run_nested(items& of, std::size_t rows) = 0;
};

using looper_maker = std::unique_ptr<looper> (*)(int threads);

void add_loops(const options& o, const char* engine_name, int threads, looper_maker make);

// `Engine` is built with a number of participants.
template <class Engine>
registration engine(int rank, const char* name) {
  return registration(rank, [name](const options& o) {
    for (const int threads : o.threads) {
      if (threads > 1 && !Engine::parallel) continue;
      add_loops(o, name, threads,
                [](int n) -> std::unique_ptr<looper> { return std::make_unique<Engine>(n); });
    }
  });
}

}  // namespace bench::timed_items
