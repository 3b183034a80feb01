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
    running_ = max_threads;
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
    if (running_ != current) {
      running_ = current;
      since_ = world.steps;
    } else if (world.steps - since_ > longest_turn) {
      // The thread waits for another without saying so, as a coroutine does that yields until
      // something holds.
      since_ = world.steps;
      priority_[current] = --lowest_;
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
  static constexpr std::uint64_t longest_turn = 10'000;  // steps

  std::uint64_t next_;
  generator random_;
  unsigned changes_;
  std::uint64_t steps_;
  std::uint32_t priority_[max_threads]{};
  std::uint64_t change_at_[max_changes]{};
  std::uint32_t lowest_ = 1000;
  unsigned running_ = max_threads;
  std::uint64_t since_ = 0;
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
std::unique_ptr<search> recorded(std::unique_ptr<search> decides, schedule& to) {
  return std::make_unique<recording>(std::move(decides), to);
}
std::unique_ptr<search> replay(schedule decisions) {
  return std::make_unique<repetition>(std::move(decisions));
}

}  // namespace simulation
