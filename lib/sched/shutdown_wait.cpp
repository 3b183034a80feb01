// SPDX-License-Identifier: MIT OR Apache-2.0
#include "shutdown_wait.hpp"

#include "../base/place.hpp"
#include "end_event.hpp"
#include "pool_state.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace micropool::detail {
namespace {

constexpr std::chrono::nanoseconds first_sleep = std::chrono::microseconds(1);

// "2 tasks" where n is 2.
std::string number(std::uint64_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

bool same_place(const std::source_location& a, const std::source_location& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         std::string_view(a.file_name()) == b.file_name();
}

// The places where tasks were spawned that have begun; distinct, three at the most.
std::vector<std::source_location> places_of_begun(const pool_state& pool) {
  std::vector<std::source_location> found;
  pool.participants.each([&](const participant_state& p) {
    p.begun.each([&](std::source_location where) {
      const bool known = std::any_of(found.begin(), found.end(),
                                     [&](const auto& f) { return same_place(f, where); });
      if (!known && found.size() < 3) found.push_back(where);
    });
  });
  return found;
}

std::string calls_left(const pool_state& pool) {
  std::uint64_t calls = 0;
  pool.participants.each([&](const participant_state& p) {
    if (p.is_worker || p.is_visitor.load(std::memory_order_relaxed)) return;
    if (!p.working_for.load(std::memory_order_relaxed).none()) ++calls;
  });
  if (calls == 0) return {};
  return number(calls, "call of another thread has", "calls of other threads have") +
         " not returned; ";
}

std::string tasks_left(const pool_state& pool) {
  // Each of them may be out of date.
  const std::uint64_t ended = pool.tasks_ended();
  const std::uint64_t queued = pool.background.waiting();
  const std::uint64_t pushed = pool.background.pushed();
  std::string text;
  if (queued > 0) text += number(queued, "task has", "tasks have") + " not begun; ";
  if (pushed <= ended + queued) return text;
  text += number(pushed - ended - queued, "task is", "tasks are") + " suspended or running";
  const char* between = ", spawned at ";
  for (const std::source_location& at : places_of_begun(pool)) {
    text += between + text_of(at) + " (" + at.function_name() + ")";
    between = " and at ";
  }
  return text + "; ";
}

std::string migrants_left(const pool_state& pool) {
  const std::uint64_t n = pool.migrants.load(std::memory_order_relaxed);
  if (n == 0) return {};
  return number(n, "coroutine of another pool's call or task is",
                "coroutines of other pools' calls and tasks are") +
         " on this pool; ";
}

}  // namespace

shutdown_wait::shutdown_wait(const pool_state& pool) noexcept
    : pool_(pool),
      began_(clock::now()),
      notice_at_(pool.options.shutdown_notice.count() == 0
                     ? clock::time_point::max()
                     : began_ + pool.options.shutdown_notice) {}

void shutdown_wait::look() noexcept { seen_ = end_events(); }

void shutdown_wait::sleep(std::chrono::nanoseconds at_most) noexcept {
  if (patience_.count() == 0) {
    // An end that was stored before this fence is seen by the next look; a thread that stores one
    // later sees that the pool stops, and reports it.
    heavy_fence();
    patience_ = first_sleep;
    return;
  }
  patience_ = std::min(patience_, at_most);
  const auto now = clock::now();
  if (now >= notice_at_) {
    notice_at_ = clock::time_point::max();
    print_notice();
  }
  sleep_until_end_event(seen_, std::min<clock::duration>(patience_, notice_at_ - now));
  patience_ *= 2;
}

void shutdown_wait::restart() noexcept { patience_ = {}; }

void shutdown_wait::print_notice() const noexcept {
  using seconds = std::chrono::duration<double>;
  try {
    const std::string left = calls_left(pool_) + tasks_left(pool_) + migrants_left(pool_);
    std::fprintf(stderr,
                 "micropool: ~thread_pool or shutdown() of %s has waited for %.3g s: %s"
                 "it returns when this has ended (pool_options::shutdown_notice)\n",
                 name_of(pool_).c_str(), seconds(clock::now() - began_).count(),
                 left.c_str());
  } catch (const std::exception&) {
    std::fputs("micropool: ~thread_pool or shutdown() waits, and there is no memory to say for what\n",
               stderr);
  }
}

}  // namespace micropool::detail
