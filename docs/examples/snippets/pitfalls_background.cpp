// SPDX-License-Identifier: MIT OR Apache-2.0
// The code of docs/pitfalls.md that is about background tasks. What stands in namespace `wrong` is
// compiled and never run.
#include <micropool/micropool.hpp>

#include <cstddef>
#include <future>
#include <string>
#include <utility>

#include "check.hpp"

namespace mp = micropool;

std::size_t write(const std::string& text) {
  return text.size();
}

namespace wrong {

// [snippet: detached_wrong]
void save(std::string text) {
  auto saving = mp::spawn_owned([&] { write(text); });
}  // the handle goes, the task stays: it may begin when `text` is gone
// [end]

// [snippet: joins_itself_wrong]
int total(const mp::shared_task<int>& self) {  // runs as the task that `self` stands for
  auto [a, b] = mp::join([] { return 1; },
                         [&] { return self.join(); });  // ends after the task, which waits for it
  return a + b;
}
// [end]

// [snippet: waits_by_hand_wrong]
int wait_by_hand() {
  std::promise<int> result;
  auto t = mp::spawn_owned([&] { result.set_value(7); });
  return result.get_future().get();  // takes no part: if no worker is free, it is not run
}
// [end]

}  // namespace wrong

namespace right {

// [snippet: detached_by_value]
void save(std::string text) {
  auto saving = mp::spawn_owned([own = std::move(text)] { write(own); });  // owns what it needs
}
// [end]

// [snippet: detached_joined]
std::size_t save_and_wait(const std::string& text) {
  auto saving = mp::spawn_owned([&] { return write(text); });
  // Nothing here may throw or return, or the task would be left behind.
  return saving.join();
}
// [end]

// [snippet: waits_by_join]
int wait_by_join() {
  auto t = mp::spawn_owned([] { return 7; });
  return t.join();  // runs it here if it has not been started
}
// [end]

}  // namespace right

int main() {
  right::save("text");
  check(right::save_and_wait("text") == 4);
  check(right::wait_by_join() == 7);
}
