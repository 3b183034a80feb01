// SPDX-License-Identifier: MIT OR Apache-2.0
// A thread that no pool knows, and events that it sets: what a coroutine awaits that waits for a
// device, a timer or another library.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace stress {

// Resumes handles in the order of their arrival, some of them after a while.
class foreign_thread {
public:
  foreign_thread() : thread_([this] { loop(); }) {}
  ~foreign_thread() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  foreign_thread(const foreign_thread&) = delete;
  foreign_thread& operator=(const foreign_thread&) = delete;

  void resume_later(std::coroutine_handle<> h) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(h);
    }
    changed_.notify_one();
  }

private:
  void loop() {
    std::unique_lock lock(mutex_);
    for (std::uint32_t turn = 0;; ++turn) {
      changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const std::coroutine_handle<> h = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      // Late enough, now and then, for the thread that waits to have gone to sleep.
      if (turn % 4 == 0) std::this_thread::yield();
      if (turn % 64 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      h.resume();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::coroutine_handle<>> waiting_;
  bool ended_ = false;
  std::thread thread_;
};

struct refused : std::runtime_error {
  refused() : std::runtime_error("the awaitable refused to suspend") {}
};

// Each flavour is another way in which C++20 lets an awaitable answer.
struct event_ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  int await_resume() const noexcept { return 1; }
};
struct event_void {
  foreign_thread& by;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const { by.resume_later(h); }
  int await_resume() const noexcept { return 1; }
};
struct event_bool {
  foreign_thread& by;
  bool suspends;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) const {
    if (!suspends) return false;
    // From here on the coroutine, and this with it, may be gone.
    by.resume_later(h);
    return true;
  }
  int await_resume() const noexcept { return 1; }
};
struct event_transfer {
  foreign_thread& by;
  bool suspends;
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) const {
    if (!suspends) return h;
    by.resume_later(h);
    return std::noop_coroutine();
  }
  int await_resume() const noexcept { return 1; }
};
struct event_inline {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const { h.resume(); }
  int await_resume() const noexcept { return 1; }
};
struct event_refuses {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const { throw refused(); }
  int await_resume() const noexcept { return 1; }
};

}  // namespace stress
