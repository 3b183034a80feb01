// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sync/latch.hpp>

#include "sync/park.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

using micropool::detail::latch;
using micropool::detail::parker;

TEST_CASE("a latch without a waiter hands no waiter back") {
  latch l;
  REQUIRE_FALSE(l.is_set());
  REQUIRE(l.set() == nullptr);
  REQUIRE(l.is_set());
}

TEST_CASE("a latch hands the waiter that announced itself to its setter") {
  latch l;
  int waiter = 0;
  REQUIRE(l.announce(&waiter));
  REQUIRE_FALSE(l.is_set());
  REQUIRE(l.set() == &waiter);
  REQUIRE(l.is_set());
}

TEST_CASE("a waiter that comes after the event is told not to sleep") {
  latch l;
  int waiter = 0;
  REQUIRE(l.set() == nullptr);
  REQUIRE_FALSE(l.announce(&waiter));
  REQUIRE(l.is_set());
}

TEST_CASE("a waiter that has retracted is not handed back, and may announce itself again") {
  latch l;
  int waiter = 0;
  REQUIRE(l.announce(&waiter));
  l.retract(&waiter);
  REQUIRE_FALSE(l.is_set());
  REQUIRE(l.announce(&waiter));
  l.retract(&waiter);
  REQUIRE(l.set() == nullptr);
}

TEST_CASE("retracting after the event leaves the latch set") {
  latch l;
  int waiter = 0;
  REQUIRE(l.announce(&waiter));
  REQUIRE(l.set() == &waiter);
  l.retract(&waiter);
  REQUIRE(l.is_set());
}

TEST_CASE("a waiter on a latch wakes, sees what came before, and may end it at once") {
  struct sleeper {
    parker own_parker;
  };
  sleeper me;
  std::atomic<latch*> current{nullptr};
  std::atomic<bool> end{false};
  int written = 0;  // plain: published by the latch
  std::thread setter([&] {
    for (int n = 1; !end.load();) {
      latch* const l = current.exchange(nullptr);
      if (l == nullptr) {
        std::this_thread::yield();
        continue;
      }
      if (n % 3 == 0) std::this_thread::yield();
      written = n++;
      if (void* waiter = l->set()) static_cast<sleeper*>(waiter)->own_parker.unpark();
    }
  });
  std::size_t wrong = 0;
  const int rounds = static_cast<int>(micropool_test::scaled(5'000));
  for (int n = 1; n <= rounds; ++n) {
    // On the heap, so that a touch after the last one is seen.
    auto l = std::make_unique<latch>();
    current.store(l.get());
    for (int spins = n % 7 * 20; spins > 0 && !l->is_set(); --spins) {
    }
    while (!l->is_set()) {
      if (!l->announce(&me)) break;
      me.own_parker.park();
      l->retract(&me);
    }
    wrong += written != n;
  }
  end = true;
  setter.join();
  REQUIRE(wrong == 0);
}
