// SPDX-License-Identifier: MIT OR Apache-2.0
// The token counter of a join: one thread returns the last token, sees what all parts wrote, and
// may end the counter.
#include "orders.hpp"

#include <micropool/detail/task/fork_join.hpp>

#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

struct join_frame {
  explicit join_frame(int tokens) : counter(tokens) {}
  detail::token_counter counter;
  int parts[3] = {};
};

// A join that ends once, by the thread that returns the last token.
class join {
public:
  explicit join(int tokens) : frame_(new join_frame(tokens)) {}
  ~join() { simulation::check(ends_.load(std::memory_order_relaxed) == 1, "ended once"); }
  join(const join&) = delete;
  join& operator=(const join&) = delete;

  join_frame& frame() { return *frame_; }
  // One part ends.
  void end_part(int part) {
    join_frame& f = *frame_;
    f.parts[part] = 1;
    if (f.counter.arrive()) finish();
  }
  // By the holder of the last token, or the only holder.
  void finish() {
    ends_.fetch_add(1, std::memory_order_relaxed);
    for (const int part : frame_->parts) simulation::check(part == 1, "all parts have ended");
    delete frame_;
  }

private:
  join_frame* const frame_;
  std::atomic<int> ends_{0};
};

}  // namespace

TEST_CASE("token counter: the last of three parts ends the join, and sees the others") {
  simulate(every_order(), [] {
    join j(3);
    simulation::threads([&] { j.end_part(0); }, [&] { j.end_part(1); }, [&] { j.end_part(2); });
  });
}

TEST_CASE("token counter: a parent that returns several tokens, and its children") {
  simulate(every_order(), [] {
    join j(4);
    simulation::threads(
        [&] {
          // The first part ran inline: its token goes back together with the parent's own.
          j.frame().parts[0] = 1;
          if (j.frame().counter.arrive(2)) j.finish();
        },
        [&] { j.end_part(1); }, [&] { j.end_part(2); });
  });
}
