// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaiting something that another thread completes.
#include <micropool/micropool.hpp>

#include <atomic>
#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"
#include "foreign_event.hpp"

namespace mp = micropool;

// [snippet: await]
mp::task<std::thread::id> wait_for(event& ready) {
  co_await ready;  // suspends; no thread of the pool is blocked
  co_return std::this_thread::get_id();
}

void continues_on_its_own_pool() {
  event ready;
  mp::thread_pool pool({.num_threads = 2});
  std::thread other([&] { ready.set(); });
  const std::thread::id other_id = other.get_id();
  const std::thread::id continued_on = pool.sync_wait(wait_for(ready));
  check(continued_on != other_id);  // but on a worker of `pool`, or on the caller of sync_wait
  other.join();
}
// [end]

// [snippet: with_work]
mp::task<int> compute() {
  co_return 6 * 7;
}

mp::task<int> wait_and_compute(event& ready) {
  // The branch that waits costs nothing while it waits; the other one runs meanwhile.
  auto [answer, continued_on] = co_await mp::join(compute(), wait_for(ready));
  co_return answer;
}
// [end]

// [snippet: without_workers]
int the_caller_is_enough() {
  event ready;
  mp::thread_pool pool({.num_threads = 0});
  std::thread other([&] { ready.set(); });
  const int answer = pool.sync_wait(wait_and_compute(ready));  // continues on this very thread
  other.join();
  return answer;
}
// [end]

// [snippet: exception]
struct refused {
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  int await_resume() const { throw std::runtime_error("connection refused"); }
};

mp::task<std::string> ask() {
  try {
    co_await refused{};
    co_return "answered";
  } catch (const std::runtime_error& error) {
    co_return error.what();  // co_await itself is not allowed in here: C++ forbids it
  }
}
// [end]

// [snippet: abandoned]
// Destroys the coroutine that waits if nothing has come by the end.
class mailbox {
public:
  mailbox() = default;
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox() {
    if (waiter_) waiter_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept { waiter_ = h; }
  std::string await_resume() const { return "a letter"; }

private:
  std::coroutine_handle<> waiter_;
};

mp::task<std::string> read_from(mailbox& box) {
  try {
    const std::string letter = co_await box;
    co_return letter;
  } catch (const mp::operation_abandoned&) {
    co_return "nothing came";
  }
}
// [end]

std::string close_the_mailbox() {
  mp::thread_pool pool({.num_threads = 0});
  auto box = std::make_unique<mailbox>();
  auto reader = pool.spawn_owned(read_from(*box));
  reader.help();  // runs it until it waits
  box.reset();
  return reader.join();
}

// [snippet: abandoned_unwinds]
// Notes in a journal when it is returned.
class borrowed_book {
public:
  explicit borrowed_book(std::vector<std::string>& journal) : journal_(journal) {}
  borrowed_book(const borrowed_book&) = delete;
  borrowed_book& operator=(const borrowed_book&) = delete;
  ~borrowed_book() { journal_.push_back("book returned"); }

private:
  std::vector<std::string>& journal_;
};

mp::task<std::string> read_book_and_letter(mailbox& box, std::vector<std::string>& journal) {
  const borrowed_book book(journal);
  const std::string letter = co_await box;  // throws, and nothing in here catches it
  co_return letter;
}

std::vector<std::string> close_the_mailbox_on_a_reader() {
  mp::thread_pool pool({.num_threads = 0});
  std::vector<std::string> journal;
  auto box = std::make_unique<mailbox>();
  auto reader = pool.spawn_owned(read_book_and_letter(*box, journal));
  reader.help();  // runs it until it waits
  journal.push_back("closing");
  box.reset();  // destroys the handle, and so unwinds the task, before it returns
  journal.push_back("closed");
  try {
    reader.join();
  } catch (const mp::operation_abandoned&) {
    journal.push_back("nothing was read");
  }
  return journal;  // closing, book returned, closed, nothing was read
}
// [end]

int main() {
  for (int i = 0; i < 100; ++i) continues_on_its_own_pool();
  for (int i = 0; i < 100; ++i) {
    event ready;
    std::thread other([&] { ready.set(); });
    check(mp::sync_wait(wait_and_compute(ready)) == 42);
    other.join();
    check(the_caller_is_enough() == 42);
  }
  check(close_the_mailbox() == "nothing came");
  check(close_the_mailbox_on_a_reader() ==
        std::vector<std::string>{"closing", "book returned", "closed", "nothing was read"});
  check(mp::sync_wait(ask()) == "connection refused");
}
