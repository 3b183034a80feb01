// SPDX-License-Identifier: MIT OR Apache-2.0
// The laws that no single result shows: the same bits everywhere, one state for each participant,
// and what may be left out when a loop ends early.
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <micropool/iter.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct named_split {
  const char* name;
  mp::split pieces;
};
const named_split every_split[] = {
    {"auto", mp::split_auto()},         {"by_threads", mp::split_by_threads()},
    {"by(1)", mp::split_by(1)},         {"by(3)", mp::split_by(3)},
    {"by(1000)", mp::split_by(1000)},   {"per(1)", mp::split_per(1)},
    {"per(7)", mp::split_per(7)},       {"per(1000)", mp::split_per(1000)},
    {"per_item", mp::split_per_item()},
};
constexpr std::size_t pool_sizes[] = {0, 1, 2, 3, 7};

// Numbers whose sum depends on the order of the additions.
std::vector<float> floats(std::size_t n) {
  auto engine = mt::seeded_engine("floats");
  std::vector<float> v(n);
  for (float& x : v)
    x = std::ldexp(static_cast<float>(engine() % 4096) - 2047.5f,
                   static_cast<int>(engine() % 24) - 12);
  return v;
}
std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }
using three = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
three sums_of(const std::vector<float>& v, mp::split s) {
  const auto add = [](float a, float b) { return a + b; };
  const auto add_half = [](float a, float b) { return a + 0.5f * b; };
  return {bits_of(mp::par_iter(v).with(s).sum()),
          bits_of(mp::par_iter(v).with(s).reduce(0.0f, add)),
          bits_of(mp::par_iter(v).with(s).fold(0.0f, add_half, add))};
}

}  // namespace

TEST_CASE("sums that round have the same bits on every pool and in a hundred runs") {
  // 10^5 in the quick setup, 10^7 in the full one.
  const std::vector<float> v = floats(1000 * mt::scaled(10) * mt::scaled(10));
  for (const auto& [name, s] : {named_split{"auto", mp::split_auto()},
                                {"per(1000)", mp::split_per(1000)},
                                {"per(37)", mp::split_per(37)},
                                {"by(13)", mp::split_by(13)},
                                {"by(1000)", mp::split_by(1000)}}) {
    INFO("split " << name);
    const three expected = sums_of(v, s);
    for (const std::size_t workers : pool_sizes) {
      INFO(workers << " workers");
      mp::thread_pool pool({.num_threads = workers});
      for (int run = 0; run < 20; ++run)
        REQUIRE(pool.install([&] { return sums_of(v, s); }) == expected);
    }
  }
}

TEST_CASE("with split_by_threads a sum that rounds has the same bits on pools of the same size") {
  const std::vector<float> v = floats(50'000);
  for (const std::size_t workers : pool_sizes) {
    std::optional<three> expected;
    for (int pool_number = 0; pool_number < 2; ++pool_number) {
      mp::thread_pool pool({.num_threads = workers});
      for (int run = 0; run < 20; ++run) {
        const three sums = pool.install([&] { return sums_of(v, mp::split_by_threads()); });
        if (!expected) expected = sums;
        REQUIRE(sums == *expected);
      }
    }
  }
}

namespace {

// A state that knows who has made it.
class states {
public:
  struct state {
    std::thread::id maker;
    bool used = false;
  };
  auto init() {
    return [this] {
      ++made_;
      return state{std::this_thread::get_id()};
    };
  }
  // A body's use of its state.
  void use(state& s) {
    if (s.maker != std::this_thread::get_id()) ++foreign_;
    if (!std::exchange(s.used, true)) ++used_;
  }
  int made() const { return made_; }
  int used() const { return used_; }
  int foreign() const { return foreign_; }

private:
  std::atomic<int> made_{0};
  std::atomic<int> used_{0};
  std::atomic<int> foreign_{0};
};

constexpr const char* init_consumers[] = {"for_each_init", "map_init", "try_for_each_init"};

// One of the consumers that have states, over n items.
template <class Use>
void run_with_states(std::size_t consumer, std::size_t n, mp::split s, states& all, Use use) {
  auto it = mp::par_range(n).with(s);
  const auto body = [&](states::state& own, std::size_t i) {
    all.use(own);
    use(i);
    return true;
  };
  if (consumer == 0) {
    std::move(it).for_each_init(all.init(), body);
  } else if (consumer == 1) {
    static_cast<void>(std::move(it).map_init(all.init(), body).count());
  } else {
    static_cast<void>(std::move(it).try_for_each_init(all.init(), body));
  }
}

}  // namespace

TEST_CASE("each participant makes one state, which no other uses") {
  for (const std::size_t workers : pool_sizes) {
    mp::thread_pool pool({.num_threads = workers});
    for (const auto& [name, s] : every_split) {
      for (std::size_t consumer = 0; consumer < std::size(init_consumers); ++consumer) {
        INFO(workers << " workers, " << name << ", " << init_consumers[consumer]);
        states all;
        pool.install([&] { run_with_states(consumer, 500, s, all, [](std::size_t) {}); });
        REQUIRE(all.made() >= 1);
        REQUIRE(all.made() <= static_cast<int>(workers) + 1);
        REQUIRE(all.used() == all.made());
        REQUIRE(all.foreign() == 0);
      }
    }
  }
}

TEST_CASE("when all threads take part, there are as many states as threads") {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{3}}) {
    mp::thread_pool pool({.num_threads = workers});
    const std::size_t threads = workers + 1;
    for (std::size_t consumer = 0; consumer < std::size(init_consumers); ++consumer) {
      INFO(workers << " workers, " << init_consumers[consumer]);
      states all;
      mt::countdown everybody(threads);
      // One chunk for each thread, and no thread ends one before all have begun.
      const auto meet = [&](std::size_t i) {
        if (i % 10 == 0) everybody.arrive_and_wait();
      };
      pool.install([&] { run_with_states(consumer, 10 * threads, mp::split_per(10), all, meet); });
      REQUIRE(all.made() == static_cast<int>(threads));
    }
  }
}

namespace {

// How often each item has been looked at.
class visits {
public:
  explicit visits(std::size_t n) : of_(n) {}
  void visit(std::size_t i) { of_[i].fetch_add(1, std::memory_order_relaxed); }
  // Everything in front of `end` exactly once, `end` too, and nothing behind it twice.
  bool are_as_if_ended_at(std::size_t end) const {
    for (std::size_t i = 0; i < of_.size(); ++i) {
      const int n = of_[i].load(std::memory_order_relaxed);
      if (i <= end ? n != 1 : n > 1) return false;
    }
    return true;
  }

private:
  std::vector<std::atomic<int>> of_;
};

// A sequence with a few bad places anywhere, and what the lowest of them is.
struct bad_places {
  explicit bad_places(std::mt19937_64& engine, std::size_t n) : is_bad(n) {
    const std::size_t count = 1 + engine() % 6;
    for (std::size_t i = 0; i < count; ++i) {
      // Close together now and then, so that pieces with several of them are frequent.
      const std::size_t at = i % 2 == 0 ? engine() % n : std::min(n - 1, lowest + engine() % 12);
      is_bad[at] = 1;
      lowest = std::min(lowest, at);
    }
  }
  std::vector<char> is_bad;
  std::size_t lowest = is_bad.size();
};

struct bad_item {
  std::size_t index;
};

// A result that tells where it has failed.
struct attempt {
  std::size_t failed_at = 0;
  std::size_t never = 0;
};

}  // namespace

template <>
struct micropool::try_traits<attempt> {
  using output = void;
  static bool has_failed(const attempt& a) { return a.failed_at != a.never; }
  static attempt success() { return {}; }
};

namespace {

// The ways to end a loop early: each returns the index that it was told of.
std::size_t end_by_exception(const bad_places& bad, mp::split s, visits& seen) {
  try {
    mp::par_range(bad.is_bad.size()).with(s).for_each([&](std::size_t i) {
      seen.visit(i);
      if (bad.is_bad[i]) throw bad_item{i};
    });
  } catch (const bad_item& b) {
    return b.index;
  }
  return bad.is_bad.size();
}
std::size_t end_by_exception_in_fold(const bad_places& bad, mp::split s, visits& seen) {
  try {
    static_cast<void>(mp::par_range(bad.is_bad.size())
                          .with(s)
                          .map([&](std::size_t i) {
                            seen.visit(i);
                            if (bad.is_bad[i]) throw bad_item{i};
                            return 0.5f;
                          })
                          .sum());
  } catch (const bad_item& b) {
    return b.index;
  }
  return bad.is_bad.size();
}
std::size_t end_by_find_first(const bad_places& bad, mp::split s, visits& seen) {
  const auto found = mp::par_range(bad.is_bad.size()).with(s).find_first([&](std::size_t i) {
    seen.visit(i);
    return bad.is_bad[i] != 0;
  });
  return found ? *found : bad.is_bad.size();
}
std::size_t end_by_position_first(const bad_places& bad, mp::split s, visits& seen) {
  const auto found = mp::par_range(bad.is_bad.size()).with(s).position_first([&](std::size_t i) {
    seen.visit(i);
    return bad.is_bad[i] != 0;
  });
  return found ? *found : bad.is_bad.size();
}
std::size_t end_by_try(const bad_places& bad, mp::split s, visits& seen) {
  const std::size_t n = bad.is_bad.size();
  return mp::par_range(n)
      .with(s)
      .try_for_each([&](std::size_t i) {
        seen.visit(i);
        return attempt{bad.is_bad[i] ? i : n, n};
      })
      .failed_at;
}
// The first difference decides: even ones are less, odd ones greater.
std::size_t end_by_cmp(const bad_places& bad, mp::split s, visits& seen) {
  const std::size_t n = bad.is_bad.size();
  const auto order =
      mp::par_range(n).with(s).cmp_by(mp::par_range(n), [&](std::size_t i, std::size_t) {
        seen.visit(i);
        return !bad.is_bad[i] ? std::strong_ordering::equal
               : i % 2 == 0   ? std::strong_ordering::less
                              : std::strong_ordering::greater;
      });
  const auto expected =
      bad.lowest % 2 == 0 ? std::strong_ordering::less : std::strong_ordering::greater;
  return order == expected ? bad.lowest : n;
}

struct early_end {
  const char* name;
  std::size_t (*run)(const bad_places&, mp::split, visits&);
};
const early_end every_early_end[] = {
    {"an exception", end_by_exception}, {"an exception in a fold", end_by_exception_in_fold},
    {"find_first", end_by_find_first},  {"position_first", end_by_position_first},
    {"try_for_each", end_by_try},       {"cmp_by", end_by_cmp},
};

}  // namespace

TEST_CASE("an early end is that of the lowest index, and leaves out nothing in front of it") {
  auto engine = mt::seeded_engine("early ends");
  mp::thread_pool pool({.num_threads = 3});
  for (const auto& [split_name, s] : every_split) {
    for (const early_end& e : every_early_end) {
      // 10'000 for each split in the full setup.
      for (std::size_t run = 0; run < mt::scaled(1000); ++run) {
        const std::size_t n = 1 + engine() % 400;
        const bad_places bad(engine, n);
        visits seen(n);
        const std::size_t ended_at = pool.install([&] { return e.run(bad, s, seen); });
        if (ended_at == bad.lowest && seen.are_as_if_ended_at(bad.lowest)) continue;
        FAIL(e.name << ", split " << split_name << ", " << n << " items: ended at " << ended_at
                    << " instead of " << bad.lowest << ", or has left out an item in front of it");
      }
    }
  }
}
