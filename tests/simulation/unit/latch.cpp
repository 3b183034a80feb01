// SPDX-License-Identifier: MIT OR Apache-2.0
// The latch, with a parker for the waiter: the waiter returns once the event has happened, sees
// what came before it, and may end the latch at once.
#include "event.hpp"
#include "orders.hpp"

#include <micropool/detail/sync/latch.hpp>

#include "sync/park.hpp"

#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

// What a blocked thread has on its stack.
struct wait_frame {
  detail::latch done;
  int result = 0;
};

// The thread that waits. It outlives its waits.
struct waiter {
  detail::parker own_parker;
  wait_frame* waits_in = nullptr;

  // As sleep_as_waiter() in sleep.cpp.
  void wait(detail::latch& done) {
    while (!done.is_set()) {
      if (done.announce(this)) {
        own_parker.park();
        done.retract(this);
      }
    }
  }
};

void complete(wait_frame& f, int result) {
  f.result = result;
  // LAST TOUCH of the frame.
  void* const to_wake = f.done.set();
  if (to_wake != nullptr) static_cast<waiter*>(to_wake)->own_parker.unpark();
}

}  // namespace

TEST_CASE("latch: the waiter is woken, sees the result, and may end the latch") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<waiter>();
    auto frame = std::make_unique<wait_frame>();
    wait_frame* const f = frame.get();
    simulation::threads(
        [&] {
          w->wait(f->done);
          simulation::check(f->result == 1, "the result");
          frame.reset();
        },
        [&] { complete(*f, 1); });
  });
}

TEST_CASE("latch: set() returns a waiter with all that it wrote before it announced itself") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<waiter>();
    const auto frame = std::make_unique<wait_frame>();
    simulation::threads(
        [&] {
          w->waits_in = frame.get();
          w->wait(frame->done);
        },
        [&] {
          if (auto* const to_wake = static_cast<waiter*>(frame->done.set())) {
            simulation::check(to_wake->waits_in == frame.get(), "what the waiter wrote");
            to_wake->own_parker.unpark();
          }
        });
  });
}

TEST_CASE("latch: a waiter that polls and retracts is not forgotten") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<waiter>();
    auto frame = std::make_unique<wait_frame>();
    wait_frame* const f = frame.get();
    simulation::threads(
        [&] {
          if (f->done.announce(w.get())) f->done.retract(w.get());
          w->wait(f->done);
          simulation::check(f->result == 1, "the result");
          frame.reset();
        },
        [&] { complete(*f, 1); });
  });
}

TEST_CASE("latch: a wake-up that another thread sends ends no wait") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<waiter>();
    auto frame = std::make_unique<wait_frame>();
    wait_frame* const f = frame.get();
    simulation::threads(
        [&] {
          w->wait(f->done);
          simulation::check(f->result == 1, "the result");
          frame.reset();
        },
        [&] { complete(*f, 1); }, [&] { w->own_parker.unpark(); });
  });
}

TEST_CASE("latch: once set it can be reset for the next event") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<waiter>();
    auto frame = std::make_unique<wait_frame>();
    wait_frame* const f = frame.get();
    // The second event is made possible by the waiter.
    const auto begin_second = std::make_unique<event>();
    simulation::threads(
        [&] {
          w->wait(f->done);
          simulation::check(f->result == 1, "the first result");
          f->done.reset();
          begin_second->set();
          w->wait(f->done);
          simulation::check(f->result == 2, "the second result");
          frame.reset();
        },
        [&] {
          complete(*f, 1);
          begin_second->wait();
          complete(*f, 2);
        });
  });
}
