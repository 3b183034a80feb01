// SPDX-License-Identifier: MIT OR Apache-2.0
// The short mutex: one holder at a time, which sees what the last one wrote; no waiter is left
// asleep; the next holder may end it.
#include "orders.hpp"

#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

struct counted {
  detail::short_mutex mutex;
  int count = 0;
  std::atomic<int> hint{0};

  void add() {
    const std::lock_guard lock(mutex);
    ++count;
    hint.store(count, std::memory_order_relaxed);
  }
};

}  // namespace

TEST_CASE("short mutex: two threads exclude each other") {
  simulate(preempted(2), [] {
    const auto c = std::make_unique<counted>();
    simulation::threads([&] { c->add(), c->add(); }, [&] { c->add(); });
    simulation::check(c->count == 3, "all counted");
  });
}

TEST_CASE("short mutex: a thread that only tries excludes the others, too") {
  simulate(preempted(2), [] {
    const auto c = std::make_unique<counted>();
    bool taken = false;
    simulation::threads([&] { c->add(), c->add(); },
                        [&] {
                          const std::unique_lock lock(c->mutex, std::try_to_lock);
                          taken = lock.owns_lock();
                          if (taken) ++c->count;
                        });
    simulation::check(c->count == (taken ? 3 : 2), "all counted");
  });
}

TEST_CASE("short mutex: three threads exclude each other, and no sleeper is left") {
  simulate(preempted(1), [] {
    const auto c = std::make_unique<counted>();
    simulation::threads([&] { c->add(); }, [&] { c->add(); }, [&] { c->add(); });
    simulation::check(c->count == 3, "all counted");
  });
}

TEST_CASE("short mutex: three threads at random, three times each") {
  simulate_by_chance(2'000, 300, [] {
    const auto c = std::make_unique<counted>();
    const auto body = [&] { c->add(), c->add(), c->add(); };
    simulation::threads(body, body, body);
    simulation::check(c->count == 9, "all counted");
  });
}

TEST_CASE("short mutex: the unlock is the last touch, so the next holder may end it") {
  simulate(preempted(2), [] {
    auto owned = std::make_unique<counted>();
    counted* const c = owned.get();
    simulation::threads([&] { c->add(); },
                        [&] {
                          for (bool done = false; !done;) {
                            {
                              const std::lock_guard lock(c->mutex);
                              done = c->count == 1;
                            }
                            if (!done) std::this_thread::yield();
                          }
                          owned.reset();
                        });
  });
}

// A holder writes, unlocks, and then looks at what a reader has published; the reader publishes,
// calls order_after_unlocks(), and then reads without the lock.
TEST_CASE("short mutex: after order_after_unlocks() the reader sees the writes, or is seen") {
  const auto with = [](unsigned holders) {
    return [holders] {
      const auto c = std::make_unique<counted>();
      const auto published = std::make_unique<std::atomic<int>>(0);
      bool writer_sees = false;
      bool reader_sees = false;
      const auto writer = [&] {
        c->add();
        writer_sees = published->load(std::memory_order_seq_cst) == 1;
      };
      const auto reader = [&] {
        published->fetch_add(1, std::memory_order_seq_cst);
        c->mutex.order_after_unlocks();
        reader_sees = c->hint.load(std::memory_order_relaxed) != 0;
      };
      if (holders == 1) {
        simulation::threads(writer, reader);
      } else {
        // Another holder takes the lock afterwards: its changes of the state continue the release.
        simulation::threads(writer, reader, [&] { const std::lock_guard lock(c->mutex); });
      }
      simulation::check(writer_sees || reader_sees, "one sees the other");
    };
  };
  simulate(every_order(), with(1));
  simulate(preempted(1), with(2));
}
