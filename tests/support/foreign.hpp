// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaitables that know nothing of the library, as other libraries would bring them.
#pragma once

#include "gate.hpp"

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace micropool_test {

// Fired once, by any thread; resumes its awaiter on the thread that fires. The order of
// await and fire does not matter.
class event {
public:
  event() = default;
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    const std::lock_guard lock(mutex_);
    if (fired_) return false;
    waiter_ = h;
    awaited_.arrive();
    return true;
  }
  void await_resume() const noexcept {}

  void fire() {
    std::coroutine_handle<> resumed;
    {
      const std::lock_guard lock(mutex_);
      fired_ = true;
      resumed = std::exchange(waiter_, nullptr);
    }
    if (resumed) resumed.resume();
  }
  // Blocks until a coroutine suspends on it.
  void wait_for_waiter() { awaited_.wait(); }

private:
  std::mutex mutex_;
  std::coroutine_handle<> waiter_;
  bool fired_ = false;
  countdown awaited_{1};
};

// A thread that has nothing to do with any pool and resumes or destroys what it is given.
class foreign_thread {
public:
  foreign_thread() : thread_([this] { run(); }) {}
  ~foreign_thread() {
    give({}, &std::coroutine_handle<>::resume);
    thread_.join();
  }
  foreign_thread(const foreign_thread&) = delete;
  foreign_thread& operator=(const foreign_thread&) = delete;

  std::thread::id id() const noexcept { return thread_.get_id(); }

  // Awaited, it resumes on this thread; yields the number it was given.
  struct awaiter {
    foreign_thread& on;
    int value;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const {
      on.give(h, &std::coroutine_handle<>::resume);
    }
    int await_resume() const noexcept { return value; }
  };
  awaiter resume_here(int value = 0) noexcept { return {*this, value}; }

  void destroy_here(std::coroutine_handle<> h) { give(h, &std::coroutine_handle<>::destroy); }

private:
  using action = void (std::coroutine_handle<>::*)() const;

  void give(std::coroutine_handle<> h, action what) {
    const std::lock_guard lock(mutex_);
    given_.emplace_back(h, what);
    changed_.notify_one();
  }
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !given_.empty(); });
      const auto [h, what] = given_.front();
      given_.pop_front();
      lock.unlock();
      if (!h) return;
      (h.*what)();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::coroutine_handle<>, action>> given_;
  std::thread thread_;
};

// Resumes before await_suspend returns.
struct inline_resume {
  int value;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const { h.resume(); }
  int await_resume() const noexcept { return value; }
};

// Decides not to suspend after all.
struct not_suspended {
  int value;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  int await_resume() const noexcept { return value; }
};

// Hands the given handle back: symmetric transfer to oneself.
struct own_handle {
  int value;
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) const noexcept { return h; }
  int await_resume() const noexcept { return value; }
};

struct always_ready {
  int value;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  int await_resume() const noexcept { return value; }
};

}  // namespace micropool_test
