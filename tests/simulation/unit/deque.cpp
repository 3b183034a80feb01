// SPDX-License-Identifier: MIT OR Apache-2.0
// The work-stealing deque: every element is taken once, whole, whoever takes it.
#include "../simulate.hpp"

#include <micropool/detail/sync/deque.hpp>

#include <atomic>
#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

struct item {
  int value = 0;
  std::atomic<int> taken{0};
};

// An owner and what it has pushed so far.
class workshop {
public:
  explicit workshop(detail::deque<item>::index capacity) : deque_(capacity) {}

  void push() {
    item& i = items_[pushed_++];
    i.value = pushed_;
    if (!deque_.has_room_for(1)) deque_.reserve(1);
    deque_.push(&i);
  }
  bool pop() { return take(deque_.pop()); }
  bool steal() {
    const auto seen = deque_.peek_oldest();
    return seen.element != nullptr && deque_.try_take(seen) && take(seen.element);
  }
  // Called when nothing runs any more.
  void check_all_taken() {
    while (pop()) {
    }
    for (int i = 0; i < pushed_; ++i) {
      simulation::check(items_[i].taken.load(std::memory_order_relaxed) == 1, "taken in the end");
    }
  }

private:
  bool take(item* i) {
    if (i == nullptr) return false;
    simulation::check(i->value == i - items_ + 1, "the element is whole");
    simulation::check(i->taken.fetch_add(1, std::memory_order_relaxed) == 0, "taken once");
    return true;
  }

  static constexpr int most = 8;
  detail::deque<item> deque_;
  item items_[most];
  int pushed_ = 0;
};

}  // namespace

TEST_CASE("deque: an owner and a thief, in every order") {
  simulate({.by = simulation::strategy::exhaustive, .executions = 3'000'000}, [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads([&] { w->push(), w->pop(), w->push(); }, [&] { w->steal(), w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: an owner, whose ring grows, and two thieves, two preemptions") {
  simulate({.by = simulation::strategy::exhaustive, .executions = 3'000'000, .preemptions = 2}, [] {
    const auto w = std::make_unique<workshop>(2);
    simulation::threads([&] { w->push(), w->push(), w->push(), w->pop(), w->pop(), w->pop(); },
                        [&] { w->steal(), w->steal(); }, [&] { w->steal(); });
    w->check_all_taken();
  });
}

TEST_CASE("deque: an owner and two thieves at random") {
  simulate({.executions = 50'000}, [] {
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
