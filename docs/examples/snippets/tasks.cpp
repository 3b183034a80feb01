// SPDX-License-Identifier: MIT OR Apache-2.0
// What a task is: lazy, awaited once, with any kind of result.
#include <micropool/micropool.hpp>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "check.hpp"

namespace mp = micropool;

// [snippet: lazy]
mp::task<> add_one(int& counter) {
  ++counter;
  co_return;
}

void tasks_are_lazy() {
  int counter = 0;
  mp::task<> kept = add_one(counter);
  { mp::task<> dropped = add_one(counter); }  // never awaited: never runs
  check(counter == 0);                        // the other one has not run yet either
  mp::sync_wait(std::move(kept));             // awaited once, hence the move
  check(counter == 1);
}
// [end]

// [snippet: results]
mp::task<std::unique_ptr<int>> make(int value) {  // move-only
  co_return std::make_unique<int>(value);
}

mp::task<std::string&> entry(std::map<int, std::string>& names, int key) {  // a reference
  co_return names[key];
}

mp::task<std::string> use_them() {
  std::map<int, std::string> names;
  std::unique_ptr<int> seven = co_await make(7);
  co_await entry(names, *seven) = "seven";
  co_return names.at(7);
}
// [end]

// [snippet: chain]
mp::task<int> one() {
  co_return 1;
}

mp::task<int> deep(int levels) {  // a chain of awaits lives on the heap, not on the stack
  if (levels == 0) co_return 0;
  co_return 1 + co_await deep(levels - 1);
}

mp::task<int> many(int times) {  // awaits in a row cost the same each
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await one();
  co_return sum;
}
// [end]

// [snippet: awaited_once]
mp::task<int> twice() {
  mp::task<int> t = one();
  const int first = co_await std::move(t);
  try {
    co_await std::move(t);  // t is empty now
  } catch (const mp::empty_handle&) {
    co_return first;
  }
  co_return 0;
}
// [end]

// [snippet: sync_wait]
int from_plain_code() {
  const int a = mp::sync_wait(one());                                       // a task
  const int b = mp::sync_wait([]() -> mp::task<int> { return many(10); });  // or what makes one
  return a + b;
}
// [end]

int main() {
  tasks_are_lazy();
  check(mp::sync_wait(use_them()) == "seven");
  check(mp::sync_wait(deep(1'000'000)) == 1'000'000);
  check(mp::sync_wait(many(1'000'000)) == 1'000'000);
  check(mp::sync_wait(twice()) == 1);
  check(from_plain_code() == 11);
}
