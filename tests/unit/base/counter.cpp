// SPDX-License-Identifier: MIT OR Apache-2.0
// owned_counter: one writer, any reader.
#include <micropool/detail/base/counter.hpp>

#include "catch.hpp"

#include <atomic>
#include <thread>

using micropool::detail::owned_counter;

TEST_CASE("a counter adds up what its owner adds") {
  owned_counter counter;
  CHECK(counter.get() == 0);
  counter.add();
  counter.add(41);
  CHECK(counter.get() == 42);
}

TEST_CASE("a reader on another thread never sees a counter run backwards") {
  constexpr std::uint64_t last = 100'000;
  owned_counter counter;
  std::atomic<bool> backwards{false};
  std::thread reader([&] {
    for (std::uint64_t seen = 0; seen < last;) {
      const std::uint64_t now = counter.get();
      if (now < seen) backwards = true;
      seen = now;
    }
  });
  for (std::uint64_t i = 0; i < last; ++i) counter.add();
  reader.join();
  CHECK_FALSE(backwards);
  CHECK(counter.get() == last);
}
