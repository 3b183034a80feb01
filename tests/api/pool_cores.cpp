// SPDX-License-Identifier: MIT OR Apache-2.0
// How a pool fits the cores that this process may use: default size, affinity mask, pinning.
#include "catch.hpp"
#include "child_process.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

std::vector<int> cores_of_this_thread() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int c = 0; c < CPU_SETSIZE; ++c) {
    if (CPU_ISSET(static_cast<std::size_t>(c), &set)) cores.push_back(c);
  }
  return cores;
}

bool bind_this_thread(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int c : cores) CPU_SET(static_cast<std::size_t>(c), &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

// The cores that each worker may run on.
std::vector<std::vector<int>> cores_of_workers(mp::thread_pool& pool) {
  std::vector<std::vector<int>> all(pool.num_threads());
  mt::countdown everybody(pool.num_threads() + 1);
  pool.scope([&](mp::scope_ref s) {
    for (std::size_t i = 0; i < pool.num_threads(); ++i) {
      s.fork([&] {
        everybody.arrive_and_wait();
        all.at(mp::this_thread_index().value()) = cores_of_this_thread();
      });
    }
    everybody.arrive_and_wait();
  });
  return all;
}

// From now on sched_setaffinity fails with EPERM in this process.
bool forbid_binding() {
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_setaffinity, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

TEST_CASE("a default pool leaves one of the usable cores to its caller") {
  const auto child =
      mt::run_as_child("child: counts cores and default workers", {"MICROPOOL_NUM_THREADS"});
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("as many as there should be"));
}

TEST_CASE("child: counts cores and default workers", "[.child]") {
  const auto all = cores_of_this_thread();
  bool right = true;
  // A quota of the container may lower the numbers further, never raise them.
  for (std::size_t n = all.size(); n >= 1; n /= 2) {
    REQUIRE(bind_this_thread({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)}));
    const mp::thread_pool pool;
    const std::size_t most = std::max<std::size_t>(n - 1, 1);
    std::printf("%zu cores: %zu workers\n", n, pool.num_threads());
    right = right && pool.num_threads() >= 1 && pool.num_threads() <= most;
  }
  CHECK(right);
  if (right) std::printf("as many as there should be\n");
}

TEST_CASE("without pinning the workers may run wherever their maker may") {
  const auto mine = cores_of_this_thread();
  mp::thread_pool pool({.num_threads = 2});
  for (const auto& cores : cores_of_workers(pool)) CHECK(cores == mine);
}

TEST_CASE("a pinned worker has one core, and none has the caller's where there are enough") {
  const auto how = GENERATE(mp::pinning::if_supported, mp::pinning::always);
  const auto mine = cores_of_this_thread();
  // The kernel may move this thread while the pool is made: try until it did not. To another core
  // and back looks as if it did not, but it will not be so three times.
  int on_the_core_of_the_caller = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int before = sched_getcpu();
    mp::thread_pool pool(
        {.num_threads = std::max<std::size_t>(mine.size() - 1, 1), .pinning = how});
    if (sched_getcpu() != before) continue;
    std::vector<int> used;
    for (const auto& cores : cores_of_workers(pool)) {
      REQUIRE(cores.size() == 1);
      used.push_back(cores.front());
    }
    std::sort(used.begin(), used.end());
    CHECK(std::adjacent_find(used.begin(), used.end()) == used.end());
    if (mine.size() == 1) return;
    if (std::find(used.begin(), used.end(), before) == used.end()) return;
    REQUIRE(++on_the_core_of_the_caller < 3);
  }
  FAIL("this thread was moved in each of 100 attempts");
}

TEST_CASE("pinning::always is refused for more workers than cores, with both numbers") {
  const auto mine = cores_of_this_thread();
  const auto refusal = [&] {
    try {
      const mp::thread_pool pool(
          {.num_threads = mine.size() + 1, .pinning = mp::pinning::always});
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  }();
  CHECK_THAT(refusal, mt::contains("pool_options::pinning = always"));
  CHECK_THAT(refusal, mt::contains("num_threads = " + std::to_string(mine.size() + 1)));
  CHECK_THAT(refusal, mt::contains("may use " + std::to_string(mine.size())));
  mp::thread_pool pool({.num_threads = mine.size(), .pinning = mp::pinning::always});
  CHECK(pool.num_threads() == mine.size());
}

TEST_CASE("where pinning is not a must, more workers than cores share the cores") {
  const auto mine = cores_of_this_thread();
  mp::thread_pool pool({.num_threads = 2 * mine.size() + 1, .pinning = mp::pinning::if_supported});
  std::vector<int> used;
  for (const auto& cores : cores_of_workers(pool)) {
    REQUIRE(cores.size() == 1);
    used.push_back(cores.front());
  }
  for (const int c : mine) CHECK(std::count(used.begin(), used.end(), c) >= 2);
}

TEST_CASE("pinning::always is refused where threads cannot be bound, if_supported is not") {
  const auto child = mt::run_as_child("child: pins where it is forbidden");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("always: micropool: pool_options::pinning = always"));
  CHECK_THAT(child.output, mt::contains("if_supported: works"));
}

TEST_CASE("child: pins where it is forbidden", "[.child]") {
  REQUIRE(forbid_binding());
  std::atomic<int> running{0};
  try {
    const mp::thread_pool pool({.num_threads = 2,
                                .on_thread_start = [&](std::size_t) { ++running; },
                                .on_thread_exit = [&](std::size_t) { --running; },
                                .pinning = mp::pinning::always});
    std::printf("always: accepted\n");
  } catch (const std::invalid_argument& e) {
    std::printf("always: %s\n", e.what());
  }
  CHECK(running == 0);
  mp::thread_pool pool({.num_threads = 2, .pinning = mp::pinning::if_supported});
  mt::meet_all_workers(pool);
  std::printf("if_supported: works\n");
}
