// SPDX-License-Identifier: MIT OR Apache-2.0
// What one does without stackful tasks when the parser cannot be changed: a thread for each file.
#include <micropool/thread_pool.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "run.hpp"

namespace mp = micropool;

namespace legacy_visitor {
namespace {

/// The questions of one parser. The thread that completes a round works on it together with the
/// pool.
class waits_on_its_thread final : public name_service, private question {
public:
  waits_on_its_thread(rounds& with, mp::thread_pool& pool) : with_(with), pool_(pool) {}

  similar ask(std::string_view text) override {
    name = text;
    answered_ = false;
    if (with_.ask(*this)) pool_.sync_wait(with_.answer());
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return answered_; });
    if (failure) std::rethrow_exception(failure);
    return answer;
  }

private:
  void go_on() override {
    const std::lock_guard lock(mutex_);  // held while it notifies, for then this object ends
    answered_ = true;
    arrived_.notify_one();
  }

  rounds& with_;
  mp::thread_pool& pool_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool answered_ = false;
};

void parse(const json_file& file, std::string_view key, rounds& with, mp::thread_pool& pool,
           file_result& result, first_failure& failure) {
  try {
    waits_on_its_thread service(with, pool);
    result = visit(file, key, service);
  } catch (...) {
    failure.note(std::current_exception());
  }
  if (with.leave()) pool.sync_wait(with.answer());
}

}  // namespace

run run_threads(const work& what, mp::thread_pool& pool) {
  run result;
  const stopwatch watch;
  rounds all(what.names, what.files());
  result.results.resize(what.files());
  first_failure failure;
  {
    std::vector<std::jthread> threads;
    threads.reserve(what.files());
    bool refused = false;
    for (std::size_t i = 0; i != what.files(); ++i) {
      try {
        if (!refused) {
          threads.emplace_back(
              [&, i] { parse(what.file(i), what.key, all, pool, result.results[i], failure); });
          continue;
        }
      } catch (const std::system_error&) {
        failure.note(std::current_exception());
        refused = true;
      }
      // Those that have started wait for a question of this one.
      if (all.leave()) pool.sync_wait(all.answer());
    }
  }
  failure.rethrow();
  watch.stop(result);
  result.counts = all.counts();
  return result;
}

}  // namespace legacy_visitor
