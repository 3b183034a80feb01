// SPDX-License-Identifier: MIT OR Apache-2.0
// The work-stealing deque: every element is taken once, whole, by the owner or by a thief, and what
// a thief takes is what it has seen.
#include "orders.hpp"

#include <micropool/detail/sync/deque.hpp>

#include <atomic>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

using deque_index = detail::deque<struct item>::index;

struct item {
  int value = 0;
  deque_index at = 0;  // the index at which it was pushed last
  std::atomic<int> taken{0};
};

// An owner with its elements.
class workshop {
public:
  explicit workshop(deque_index capacity) : deque_(capacity) {}

  void push() {
    item& i = items_[pushed_++];
    i.value = pushed_;
    push_again(i);
  }
  item* pop() { return take(deque_.pop()); }
  // Gives back to the deque what the owner has popped.
  void push_again(item& i) {
    i.at = deque_.bottom();
    i.taken.store(0, std::memory_order_relaxed);
    if (!deque_.has_room_for(1)) deque_.reserve(1);
    deque_.push(&i);
  }
  void pop_and_push_again() {
    if (item* const i = pop()) push_again(*i);
  }

  bool steal() {
    const auto seen = deque_.peek_oldest();
    if (seen.element == nullptr || !deque_.try_take(seen)) return false;
    take(seen.element);
    simulation::check(seen.element->at == seen.at, "D2: taken is what was seen at that index");
    return true;
  }

  // Called when no other thread uses the deque any more.
  void check_all_taken() {
    while (pop() != nullptr) {
    }
    for (int i = 0; i < pushed_; ++i) {
      simulation::check(items_[i].taken.load(std::memory_order_relaxed) == 1, "taken in the end");
    }
  }

  detail::deque<item>& deque() { return deque_; }

private:
  item* take(item* i) {
    if (i == nullptr) return nullptr;
    simulation::check(i->value == i - items_ + 1, "the element is whole");
    simulation::check(i->taken.fetch_add(1, std::memory_order_relaxed) == 0, "taken once");
    return i;
  }

  static constexpr int most = 8;
  detail::deque<item> deque_;
  item items_[most];
  int pushed_ = 0;
};

}  // namespace

TEST_CASE("deque: each element is taken once, by the owner or a thief") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads([&] { w->push(), w->pop(), w->push(); }, [&] { w->steal(), w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: two thieves and the owner take the last element once") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(2);
    w->push();
    simulation::threads([&] { w->pop(); }, [&] { w->steal(); }, [&] { w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: the owner pops the newer of two elements while two thieves steal") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(2);
    w->push(), w->push();
    simulation::threads([&] { w->pop(); }, [&] { w->steal(); }, [&] { w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: a larger ring is whole when a thief can see it") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(1);
    simulation::threads([&] { w->push(), w->push(); }, [&] { w->steal(), w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: a thief overlooks no element while the ring grows") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(1);
    w->push();
    simulation::threads([&] { w->push(); },
                        [&] { simulation::check(w->steal(), "the first is there all the time"); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: an element that was popped can be pushed again (D2)") {
  simulate(preempted(3), [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads([&] { w->push(), w->push(), w->pop_and_push_again(), w->pop(), w->push(); },
                        [&] { w->steal(), w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: stolen elements leave room (reserve), and the ring is used again") {
  simulate(preempted(3), [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads([&] { w->push(), w->push(), w->push(), w->pop(), w->push(); },
                        [&] { w->steal(), w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: the oldest index never decreases (D1)") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(2);
    w->push();
    simulation::threads([&] { w->pop(), w->push(), w->pop(); }, [&] { w->steal(); },
                        [&] {
                          const deque_index before = w->deque().oldest();
                          const auto seen = w->deque().peek_oldest();
                          if (seen.element != nullptr) {
                            simulation::check(seen.at >= before, "D1: not older than before");
                          }
                          simulation::check(w->deque().oldest() >= before, "D1: nor after");
                        });
    w->check_all_taken();
  });
}

// A pusher publishes and then looks for sleepers; a sleeper is counted and then looks for elements.
TEST_CASE("deque: after republish() the pusher sees the sleeper, or the sleeper the element") {
  simulate(every_order(), [] {
    const auto w = std::make_unique<workshop>(2);
    const auto sleepers = std::make_unique<std::atomic<int>>(0);
    bool sees_sleeper = false;
    bool sees_element = false;
    simulation::threads(
        [&] {
          w->push();
          w->deque().republish();
          sees_sleeper = sleepers->load(std::memory_order_seq_cst) != 0;
        },
        [&] {
          sleepers->fetch_add(1, std::memory_order_seq_cst);
          sees_element = w->steal();
        });
    simulation::check(sees_sleeper || sees_element, "seen by one of them");
    w->check_all_taken();
  });
}

TEST_CASE("deque: an owner, whose ring grows, and two thieves, two preemptions") {
  simulate(preempted(2), [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads([&] { w->push(), w->push(), w->push(), w->pop(), w->pop(), w->pop(); },
                        [&] { w->steal(), w->steal(); }, [&] { w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: an owner and two thieves at random") {
  simulate({.executions = 20'000}, [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads(
        [&] {
          w->push(), w->push(), w->pop(), w->push(), w->push();
          w->pop(), w->pop(), w->pop();
        },
        [&] { w->steal(), w->steal(); }, [&] { w->steal(), w->steal(); });
    w->check_all_taken();
  });
}
