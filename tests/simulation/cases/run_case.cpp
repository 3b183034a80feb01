// SPDX-License-Identifier: MIT OR Apache-2.0
#include "run_case.hpp"

#include "left_out.hpp"

#include "../simulate.hpp"

#include "../../support/child_process.hpp"

#include <micropool/detail/work/frame_alloc.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace micropool_test::cases {
namespace {

// One arrangement of a case after the other: choices in the order in which an execution comes to
// them. On the heap of the host, so that it is not restored with the simulated memory.
class arrangement {
public:
  void begin() noexcept {
    at_ = 0;
    sections_ = none;
    section_count_ = 0;
  }
  std::size_t choose(std::size_t n) {
    const std::size_t mine = at_;
    if (mine == most) simulation::check(false, "at most 16 generators and sections");
    count_[mine] = n;
    if (mine == depth_) chosen_[depth_++] = 0;
    ++at_;
    return chosen_[mine];
  }
  // All sections of a case stand side by side, so they are one choice.
  bool enter() {
    if (sections_ == none) {
      sections_ = at_;
      choose(1);
    }
    count_[sections_] = std::max(count_[sections_], ++section_count_);
    return chosen_[sections_] == section_count_ - 1;
  }
  // Requires that an execution has ended. Returns false if this was the last arrangement.
  bool advance() noexcept {
    while (depth_ > 0 && chosen_[depth_ - 1] + 1 == count_[depth_ - 1]) --depth_;
    if (depth_ == 0) return false;
    ++chosen_[depth_ - 1];
    return true;
  }
  std::string text() const {
    std::string s = "choices:";
    for (std::size_t i = 0; i < depth_; ++i) s += " " + std::to_string(chosen_[i]);
    return s;
  }

private:
  static constexpr std::size_t most = 16, none = most;
  std::array<std::size_t, most> chosen_{}, count_{};
  std::size_t depth_ = 0;  // choices that are known
  std::size_t at_ = 0;     // the next one of this execution
  std::size_t sections_ = none;
  std::size_t section_count_ = 0;
};

arrangement* here = nullptr;

// How much a case does in each order is for the case to say. So that all take about as long, those
// with fewer steps run in more orders.
constexpr std::uint64_t steps_per_arrangement = 60'000;
constexpr std::uint64_t most_orders = 24;

std::uint64_t explored = 0;

simulation::result explore_orders(void (*body)(), simulation::options how) {
  how.step_limit = 4'000'000;
  // A worker spins for as long as its pool says, so time goes faster than in tests of the protocols.
  how.nanoseconds_per_step = 5'000;
  how.leaves_threads = true;
  const auto r = simulation::explore(how, [body] {
    here->begin();
    micropool::detail::set_frame_cache_limits({0, 0});
    body();
  });
  explored += r.executions;
  INFO(here->text());
  INFO(r.account);
  CHECK(r.failure == "");
  return r;
}

}  // namespace

bool add(void (*run)(), const char* file, std::size_t line, const char* name, const char* tags) {
  if (leave_out(name)) return true;
  const Catch::AutoReg registered(Catch::makeTestInvoker(run), Catch::SourceLineInfo(file, line),
                                  Catch::StringRef(), Catch::NameAndTags{name, tags});
  return true;
}

std::size_t chosen_of(std::size_t n) { return here->choose(n); }
bool enters_section() { return here->enter(); }

void run_case(void (*body)()) {
  using clock = std::chrono::steady_clock;
  // So that stdout has its buffer: made by a case that prints, that would be a block which leaks.
  [[maybe_unused]] static const int printed = std::printf("each case in several orders\n");
  arrangement all;
  here = &all;
  const auto seconds = env_number("MICROPOOL_SIM_SECONDS");
  std::uint64_t seed = env_number("MICROPOOL_TEST_SEED").value_or(1);
  do {
    const auto begun = clock::now();
    auto r = explore_orders(body, {.executions = 1, .first_seed = seed});
    const std::uint64_t steps = std::max<std::uint64_t>(r.steps, 100);
    const std::uint64_t orders =
        scaled(std::clamp<std::uint64_t>(steps_per_arrangement / steps, 2, most_orders));
    do {
      seed += orders;
      if (!r.passed()) return;
      r = explore_orders(body, {.by = simulation::strategy::priorities,
                                .executions = orders,
                                .first_seed = seed,
                                .changes = 4,
                                .steps = steps});
      if (!r.passed()) return;
      r = explore_orders(body, {.executions = orders / 2, .first_seed = seed});
    } while (seconds && r.passed() && clock::now() - begun < std::chrono::seconds(*seconds));
    if (!r.passed()) return;
  } while (all.advance());
}

// Which is why this file is the last of its program.
TEST_CASE("each case that is left out exists") {
  for (const std::string& name : never_left_out()) FAIL_CHECK("there is no case " << name);
  std::printf("%llu executions; %zu cases are left out (left_out.cpp)\n",
              static_cast<unsigned long long>(explored), left_out_count());
  CHECK(explored > 0);
}

}  // namespace micropool_test::cases

namespace micropool_test {

child_result run_as_child(const std::string&, const std::vector<std::string>&) {
  simulation::check(false, "a case with a child process is left out");
  return {};
}

}  // namespace micropool_test
