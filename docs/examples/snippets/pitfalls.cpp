// SPDX-License-Identifier: MIT OR Apache-2.0
// The code of docs/pitfalls.md. What stands in namespace `wrong` is compiled and never run: all of
// it is undefined behaviour or a deadlock that a compiler does not see.
#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

mp::task<bool> is_free(int port) {
  co_return port != 80;
}
mp::task<std::string> name() {
  co_return "a name that is long enough to be on the heap";
}
struct letter {
  std::string text;
  std::string when;
};
mp::task<std::size_t> send(letter l) {
  co_return l.text.size();
}

namespace wrong {

// [co_await: on purpose]
// [snippet: gcc12_dropped]
mp::task<int> first_port() {
  if (co_await is_free(80)) co_return 80;  // the whole body is dropped: no result
  co_return 8080;
}
// [end]

// [co_await: on purpose]
// [snippet: gcc12_twice]
mp::task<std::string> greeting(bool known) {
  co_return known ? co_await name() : std::string("stranger");  // the text is destroyed twice
}

mp::task<std::size_t> order(std::string what) {
  co_return co_await send(letter{what, "now"});  // an aggregate: so is this temporary
}
// [end]

// [snippet: lambda_wrong]
mp::task<int> make_task(int x) {
  return [x]() -> mp::task<int> { co_return x; }();  // the lambda, and `x` in it, end here
}
// [end]

// [snippet: reference_wrong]
mp::task<std::size_t> count(const std::vector<int>& values) {
  co_return values.size();
}

mp::task<std::size_t> later() {
  mp::task<std::size_t> t = count(std::vector<int>(3));  // the vector ends here
  co_return co_await std::move(t);                       // and is read here
}
// [end]

// [snippet: body_local_wrong]
void fill(std::vector<int>& results) {
  mp::scope([&](mp::scope_ref s) {
    const std::vector<int> input(results.size(), 1);  // ends with the body ...
    for (std::size_t i = 0; i < results.size(); ++i) {
      s.fork([&, i] { results[i] = input[i]; });  // ... but the children end with the scope
    }
  });
}
// [end]

// [snippet: loop_variable_wrong]
void squares(std::vector<int>& results) {
  mp::scope([&](mp::scope_ref s) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      s.fork([&] { results[i] = static_cast<int>(i * i); });  // `i` moves on, then ends
    }
  });
}
// [end]

mp::task<> some_work() {
  co_return;
}

// [snippet: thread_local_wrong]
thread_local std::string buffer;

mp::task<std::size_t> format() {
  std::string& mine = buffer;  // this thread's
  mine = "begin ";
  co_await some_work();  // may continue on another thread,
  mine += "end";         // and this one may be using `buffer` itself by now
  co_return mine.size();
}
// [end]

// [snippet: lock_wrong]
std::mutex mutex;
int guarded = 0;

mp::task<> update() {
  const std::lock_guard lock(mutex);
  co_await some_work();  // the thread that resumes this unlocks: another one, perhaps
  ++guarded;
}
// [end]

// [snippet: wait_for_sibling_wrong]
void handshake() {
  std::atomic<bool> ready{false};
  mp::join(
      [&] {
        while (!ready) std::this_thread::yield();  // for ever, if no thread takes the other one
      },
      [&] { ready = true; });
}
// [end]

}  // namespace wrong

namespace right {

// [snippet: lambda_parameter]
mp::task<int> make_task(int x) {
  return [](int value) -> mp::task<int> { co_return value; }(x);  // parameters live in the frame
}
// [end]

// [snippet: lambda_given_away]
mp::task<int> both(int x) {
  // Given as a callable, the lambda is kept as long as its task runs. Note: no call at the end.
  auto [a, b] = co_await mp::join([x]() -> mp::task<int> { co_return x; },
                                  [x]() -> mp::task<int> { co_return 2 * x; });
  co_return a + b;
}
// [end]

// [snippet: reference_by_value]
mp::task<std::size_t> count(std::vector<int> values) {
  co_return values.size();
}
// [end]

// [snippet: reference_awaited_at_once]
mp::task<std::size_t> count_referred(const std::vector<int>& values) {
  co_return values.size();
}

mp::task<std::size_t> at_once() {
  co_return co_await count_referred(std::vector<int>(3));  // lives to the end of this line
}
// [end]

// [snippet: body_local_outside]
void fill(std::vector<int>& results) {
  const std::vector<int> input(results.size(), 1);  // before the scope, so it ends after it
  mp::scope([&](mp::scope_ref s) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      s.fork([&, i] { results[i] = input[i]; });  // and `i` by value
    }
  });
}
// [end]

mp::task<> some_work() {
  co_return;
}

// [snippet: thread_local_right]
mp::task<std::size_t> format() {
  std::string mine = "begin ";  // in the frame: it comes along
  co_await some_work();
  mine += "end";
  co_return mine.size();
}
// [end]

// [snippet: lock_right]
std::mutex mutex;
int guarded = 0;

mp::task<> update() {
  co_await some_work();
  const std::lock_guard lock(mutex);  // taken and released between two co_awaits
  ++guarded;
}
// [end]

// [snippet: gcc12_right]
mp::task<int> first_port() {
  const bool free = co_await is_free(80);
  if (free) co_return 80;
  co_return 8080;
}

mp::task<std::string> greeting(bool known) {
  if (!known) co_return "stranger";
  co_return co_await name();
}

mp::task<std::size_t> order(std::string what) {
  letter l{what, "now"};
  co_return co_await send(std::move(l));
}
// [end]

}  // namespace right

// [snippet: aligned]
struct alignas(64) lanes {
  float of[16];
};

mp::task<float> sum_of_lanes(std::span<const float> in) {
  lanes sums{};  // of a type with that alignment
  for (std::size_t i = 0; i + 16 <= in.size(); i += 16) {
    for (std::size_t k = 0; k < 16; ++k) sums.of[k] += in[i + k];
    co_await mp::yield();
  }
  float sum = 0;
  for (const float lane : sums.of) sum += lane;
  co_return sum;
}
// [end]

int main() {
  check(mp::sync_wait(right::first_port()) == 8080);
  check(mp::sync_wait(right::greeting(true)).size() > 30);
  check(mp::sync_wait(right::greeting(false)) == "stranger");
  check(mp::sync_wait(right::order("tea")) == 3);
  check(mp::sync_wait(right::make_task(3)) == 3);
  check(mp::sync_wait(right::both(5)) == 15);
  check(mp::sync_wait(right::count({1, 2, 3})) == 3);
  check(mp::sync_wait(right::at_once()) == 3);
  std::vector<int> results(1000);
  right::fill(results);
  check(results == std::vector<int>(1000, 1));
  check(mp::sync_wait(right::format()) == 9);
  mp::sync_wait(right::update());
  check(right::guarded == 1);
  check(mp::sync_wait(sum_of_lanes(std::vector<float>(64, 1.0f))) == 64.0f);
}
