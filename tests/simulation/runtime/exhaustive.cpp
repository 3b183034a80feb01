// SPDX-License-Identifier: MIT OR Apache-2.0
// The search that tries everything.
#include "machine.hpp"
#include "search.hpp"

#include <bit>

namespace simulation {
namespace {

std::uint32_t bit(unsigned id) noexcept { return std::uint32_t{1} << id; }

// Depth-first: repeats the decisions of the last execution up to the last one that has another
// option, and takes that.
class all_executions final : public search {
public:
  explicit all_executions(unsigned preemptions)
      : bound_(preemptions) {
    // Grows while a simulated thread runs, so all of it is reserved.
    path_.reserve(max_depth);
  }

  bool begin() override {
    if (!is_first_ && !advance()) return false;
    is_first_ = false;
    depth_ = 0;
    preemptions_ = 0;
    asleep_ = 0;
    return true;
  }

  unsigned choose(unsigned n, decision d) override {
    if (d == decision::spurious) return 0;
    if (depth_ == path_.size()) add({.count = n, .chosen = 0});
    return path_[depth_++].chosen;
  }

  unsigned pick(std::uint32_t threads, unsigned current) override {
    const bool may_go_on = (threads & bit(current)) != 0;
    const bool yields = !may_go_on && (world.ready & bit(current)) != 0;
    const unsigned plain = may_go_on ? current : next_after(threads, current);
    if (depth_ == path_.size()) {
      std::uint32_t options = threads;
      if ((may_go_on || yields) && preemptions_ == bound_) options = bit(plain);
      const std::uint32_t awake = options & ~asleep_;
      // Whatever comes next was seen after an equal execution.
      if (awake == 0) prune();
      add({.count = 0,
           .chosen = (awake & bit(plain)) != 0 ? plain
                                               : static_cast<unsigned>(std::countr_zero(awake)),
           .options = options,
           .asleep = asleep_});
    }
    const node& n = path_[depth_++];
    if ((may_go_on || yields) && n.chosen != plain) ++preemptions_;
    if (bound_ == unlimited) {
      asleep_ = 0;
      const step_kind& taken = world.threads[n.chosen].next_step;
      for (std::uint32_t left = (n.asleep | n.done) & ~bit(n.chosen); left != 0; left &= left - 1) {
        const auto id = static_cast<unsigned>(std::countr_zero(left));
        if (!is_dependent(world.threads[id].next_step, taken)) asleep_ |= bit(id);
      }
    }
    return n.chosen;
  }

private:
  static constexpr std::size_t max_depth = std::size_t{1} << 20;

  struct node {
    unsigned count;  // of values; 0: of threads
    unsigned chosen;
    std::uint32_t options = 0;
    std::uint32_t asleep = 0;  // threads whose next step was tried, and nothing since depends on it
    std::uint32_t done = 0;    // threads that were tried here
  };

  static unsigned next_after(std::uint32_t threads, unsigned current) noexcept {
    const std::uint32_t later = threads & ~(bit(current) | (bit(current) - 1));
    return static_cast<unsigned>(std::countr_zero(later != 0 ? later : threads));
  }

  void add(const node& n) {
    if (path_.size() == max_depth) fail("too long for an exhaustive search");
    path_.push_back(n);
  }

  bool advance() {
    while (!path_.empty()) {
      node& last = path_.back();
      if (last.count > 0) {
        if (++last.chosen < last.count) return true;
      } else {
        last.done |= bit(last.chosen);
        const std::uint32_t left = last.options & ~last.done & ~last.asleep;
        if (left != 0) {
          last.chosen = static_cast<unsigned>(std::countr_zero(left));
          return true;
        }
      }
      path_.pop_back();
    }
    return false;
  }

  unsigned bound_;
  bool is_first_ = true;
  std::vector<node> path_;
  std::size_t depth_ = 0;
  unsigned preemptions_ = 0;
  std::uint32_t asleep_ = 0;
};

}  // namespace

bool is_dependent(const step_kind& a, const step_kind& b) noexcept {
  if (a.is_fence || b.is_fence) return true;
  // Fences have no address; their order among seq_cst steps matters.
  if (a.is_seq_cst && b.is_seq_cst && (a.address == b.address || a.address == 0 || b.address == 0)) {
    return true;
  }
  return a.address == b.address && a.address != 0 && (a.writes || b.writes);
}

std::unique_ptr<search> exhaustive_search(unsigned preemptions) {
  return std::make_unique<all_executions>(preemptions);
}

}  // namespace simulation
