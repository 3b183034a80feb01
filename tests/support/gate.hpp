// SPDX-License-Identifier: MIT OR Apache-2.0
// Gates hold a thread where a test wants it; the test opens them. They block in the kernel and know
// nothing of pools, so a held worker is really gone. A gate that ends lets everybody go first and
// waits for them: a task's last step may be to leave it, behind the back of the test that ended.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace micropool_test {

// Closed until a thread opens it; then open for good. Any thread may call any member; none may
// begin to once the gate ends.
class gate {
public:
  gate() = default;
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() {
    open();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ == 0; });
  }

  // Blocks while the gate is closed.
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    if (--inside_ == 0) changed_.notify_all();
  }

  // Lets everybody pass, now and later.
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  // Blocks until `count` calls of pass() have begun, whether they went on or not.
  void wait_for_arrivals(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }

  std::size_t arrivals() const {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t arrived_ = 0;
  std::size_t inside_ = 0;
  bool open_ = false;
};

// Opens a gate at the end of a block, so that a failed REQUIRE does not leave threads behind it.
class open_at_exit {
public:
  explicit open_at_exit(gate& g) : gate_(g) {}
  open_at_exit(const open_at_exit&) = delete;
  open_at_exit& operator=(const open_at_exit&) = delete;
  ~open_at_exit() { gate_.open(); }

private:
  gate& gate_;
};

// A number of events to wait for. Any thread may call any member; none may begin to once it ends.
class countdown {
public:
  explicit countdown(std::size_t count) : left_(count) {}
  countdown(const countdown&) = delete;
  countdown& operator=(const countdown&) = delete;
  ~countdown() {
    std::unique_lock lock(mutex_);
    left_ = 0;
    changed_.notify_all();
    changed_.wait(lock, [&] { return inside_ == 0; });
  }

  void arrive() {
    const std::lock_guard lock(mutex_);
    if (left_ > 0 && --left_ == 0) changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.wait(lock, [&] { return left_ == 0; });
    if (--inside_ == 0) changed_.notify_all();
  }

  // Meets the others: no thread continues before the last has come.
  void arrive_and_wait() {
    arrive();
    wait();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t inside_ = 0;
  std::size_t left_;
};

}  // namespace micropool_test
