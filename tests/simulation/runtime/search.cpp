// SPDX-License-Identifier: MIT OR Apache-2.0
#include "search.hpp"

#include "machine.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <utility>

namespace simulation {
namespace {

std::uint32_t bit(unsigned id) noexcept { return std::uint32_t{1} << id; }

// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016.
class generator {
public:
  explicit generator(std::uint64_t seed) noexcept {
    // splitmix64 makes states of neighbouring seeds differ.
    std::uint64_t z = seed + 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    state_ = (z ^ z >> 31) | 1;
  }
  std::uint32_t operator()() noexcept {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>(state_ * 0x2545f4914f6cdd1d >> 32);
  }
  unsigned below(unsigned n) noexcept {
    return static_cast<unsigned>(std::uint64_t{(*this)()} * n >> 32);
  }

private:
  std::uint64_t state_;
};

unsigned random_value(generator& g, unsigned n, decision d) noexcept {
  switch (d) {
    case decision::spurious: return g.below(16) == 0 ? 1 : 0;
    // Half of all loads return the newest value.
    case decision::value: return g.below(2) == 0 ? 0 : g.below(n);
    default: return g.below(n);
  }
}

class random_choice final : public search {
public:
  explicit random_choice(std::uint64_t seed) noexcept : next_(seed), random_(seed) {}
  bool begin() override {
    random_ = generator(next_++);
    return true;
  }
  unsigned choose(unsigned n, decision d) override { return random_value(random_, n, d); }

private:
  std::uint64_t next_;
  generator random_;
};

class priorities final : public search {
public:
  priorities(std::uint64_t seed, unsigned changes, std::uint64_t steps) noexcept
      : next_(seed), random_(seed), changes_(std::min(changes, max_changes)), steps_(steps) {}

  bool begin() override {
    random_ = generator(next_++);
    for (unsigned i = 0; i < max_threads; ++i) priority_[i] = 1000 + (random_() >> 8);
    for (unsigned i = 0; i < changes_; ++i) {
      change_at_[i] = random_.below(static_cast<unsigned>(steps_));
    }
    lowest_ = 1000;
    return true;
  }
  unsigned choose(unsigned n, decision d) override { return random_value(random_, n, d); }
  unsigned pick(std::uint32_t threads, unsigned current) override {
    for (unsigned i = 0; i < changes_; ++i) {
      if (change_at_[i] <= world.steps) {
        change_at_[i] = ~std::uint64_t{0};
        priority_[current] = --lowest_;
      }
    }
    unsigned best = max_threads;
    for (std::uint32_t left = threads; left != 0; left &= left - 1) {
      const auto id = static_cast<unsigned>(std::countr_zero(left));
      if (best == max_threads || priority_[id] > priority_[best]) best = id;
    }
    return best;
  }

private:
  static constexpr unsigned max_changes = 8;

  std::uint64_t next_;
  generator random_;
  unsigned changes_;
  std::uint64_t steps_;
  std::uint32_t priority_[max_threads]{};
  std::uint64_t change_at_[max_changes]{};
  std::uint32_t lowest_ = 1000;
};

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

// Writes down what another search decides.
class recording final : public search {
public:
  recording(std::unique_ptr<search> decides, schedule& to) noexcept
      : decides_(std::move(decides)), to_(to) {
    to_.reserve(max_decisions);
  }
  bool begin() override {
    to_.clear();
    return decides_->begin();
  }
  unsigned choose(unsigned n, decision d) override { return note(decides_->choose(n, d)); }
  unsigned pick(std::uint32_t threads, unsigned current) override {
    const unsigned next = decides_->pick(threads, current);
    if ((threads & (threads - 1)) != 0) note(option_of(threads, current, next));
    return next;
  }

private:
  static constexpr std::size_t max_decisions = std::size_t{1} << 22;

  unsigned note(unsigned option) noexcept {
    if (to_.size() < max_decisions) to_.push_back(static_cast<std::uint16_t>(option));
    return option;
  }

  std::unique_ptr<search> decides_;
  schedule& to_;
};

class repetition final : public search {
public:
  explicit repetition(schedule decisions) noexcept : decisions_(std::move(decisions)) {}
  bool begin() override {
    next_ = 0;
    return true;
  }
  unsigned choose(unsigned n, decision) override {
    if (next_ == decisions_.size()) return 0;
    const unsigned option = decisions_[next_++];
    return option < n ? option : 0;
  }

private:
  schedule decisions_;
  std::size_t next_ = 0;
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

unsigned search::pick(std::uint32_t threads, unsigned current) {
  const auto n = static_cast<unsigned>(std::popcount(threads));
  return nth_thread(threads, current, n > 1 ? choose(n, decision::thread) : 0);
}

unsigned search::option_of(std::uint32_t threads, unsigned current, unsigned thread) noexcept {
  if (thread == current) return 0;
  const auto before = static_cast<unsigned>(
      std::popcount(threads & ~bit(current) & (bit(thread) - 1)));
  return before + ((threads & bit(current)) != 0 ? 1 : 0);
}

unsigned search::nth_thread(std::uint32_t threads, unsigned current, unsigned option) noexcept {
  if ((threads & bit(current)) != 0) {
    if (option == 0) return current;
    --option;
    threads &= ~bit(current);
  }
  while (option-- > 0) threads &= threads - 1;
  return static_cast<unsigned>(std::countr_zero(threads));
}

std::unique_ptr<search> random_search(std::uint64_t first_seed) {
  return std::make_unique<random_choice>(first_seed);
}
std::unique_ptr<search> priority_search(std::uint64_t first_seed, unsigned changes,
                                        std::uint64_t steps) {
  return std::make_unique<priorities>(first_seed, changes, steps);
}
std::unique_ptr<search> exhaustive_search(unsigned preemptions) {
  return std::make_unique<all_executions>(preemptions);
}
std::unique_ptr<search> recorded(std::unique_ptr<search> decides, schedule& to) {
  return std::make_unique<recording>(std::move(decides), to);
}
std::unique_ptr<search> replay(schedule decisions) {
  return std::make_unique<repetition>(std::move(decisions));
}

}  // namespace simulation
