// SPDX-License-Identifier: MIT OR Apache-2.0
// Litmus tests of fences, and of the fence of all threads (membarrier).
#include "litmus.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace micropool_test;
using simulation::note;
using simulation::threads;

namespace {

void fence(std::memory_order o) { std::atomic_thread_fence(o); }
void fence_of_all_threads() { ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0); }
// What the compiler does not move; the processor is free to.
void light_fence() { std::atomic_signal_fence(seq_cst); }

template <class First, class Second>
outcomes store_buffering(First first, Second second) {
  return all_outcomes([=](variables& v) {
    int a = 0;
    int b = 0;
    threads([&] { v.x.store(1, relaxed), first(), a = v.y.load(relaxed); },
            [&] { v.y.store(1, relaxed), second(), b = v.x.load(relaxed); });
    note(a), note(b);
  });
}

}  // namespace

TEST_CASE("store buffering with fences: both must be seq_cst") {
  const auto full = [] { fence(seq_cst); };
  const auto weaker = [] { fence(acq_rel); };
  CHECK(store_buffering(full, full) == bits_without(2, {{0, 0}}));
  CHECK(store_buffering(full, weaker) == bits_without(2, {}));
  CHECK(store_buffering(weaker, weaker) == bits_without(2, {}));
}

TEST_CASE("asymmetric Dekker: the fence of all threads needs nothing on the other side") {
  CHECK(store_buffering(&fence_of_all_threads, &light_fence) == bits_without(2, {{0, 0}}));
  CHECK(store_buffering(&light_fence, &light_fence) == bits_without(2, {}));
}

TEST_CASE("store buffering: a seq_cst fence on one side, seq_cst accesses on the other") {
  // The load after the fence sees the store that comes before the fence in the single order, or the
  // load comes after the fence in it and sees the store before the fence.
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          int b = 0;
          threads([&] { v.x.store(1, relaxed), fence(seq_cst), a = v.y.load(relaxed); },
                  [&] { v.y.store(1, seq_cst), b = v.x.load(seq_cst); });
          note(a), note(b);
        }) == bits_without(2, {{0, 0}}));
}

TEST_CASE("independent reads with fences between them: one order for all") {
  const auto with = [](std::memory_order o) {
    return all_outcomes([o](variables& v) {
      int a = 0;
      int b = 0;
      int c = 0;
      int d = 0;
      threads([&] { v.x.store(1, relaxed); }, [&] { v.y.store(1, relaxed); },
              [&] { a = v.x.load(relaxed), fence(o), b = v.y.load(relaxed); },
              [&] { c = v.y.load(relaxed), fence(o), d = v.x.load(relaxed); });
      note(a), note(b), note(c), note(d);
    });
  };
  CHECK(with(acq_rel) == bits_without(4, {}));
  CHECK(with(seq_cst) == bits_without(4, {{1, 0, 1, 0}}));
}

TEST_CASE("message passing with fences") {
  const auto with = [](std::memory_order before, std::memory_order after) {
    return all_outcomes([=](variables& v) {
      int a = 0;
      int b = 0;
      threads(
          [&] {
            v.x.store(1, relaxed);
            if (before != relaxed) fence(before);
            v.y.store(1, relaxed);
          },
          [&] {
            a = v.y.load(relaxed);
            if (after != relaxed) fence(after);
            b = v.x.load(relaxed);
          });
      note(a), note(b);
    });
  };
  CHECK(with(release, acquire) == bits_without(2, {{1, 0}}));
  CHECK(with(release, relaxed) == bits_without(2, {}));
  CHECK(with(relaxed, acquire) == bits_without(2, {}));
  CHECK(with(acquire, release) == bits_without(2, {}));
}

TEST_CASE("a seq_cst fence orders no plain memory") {
  // The second fence comes after the first in the single order, but nothing that thread 1 has read
  // tells it of thread 0.
  const auto r = simulation::explore({.by = simulation::strategy::exhaustive}, [] {
    const auto v = std::make_unique<variables>();
    threads([&] { v->plain = 1, fence(seq_cst); }, [&] { fence(seq_cst), note(v->plain); });
  });
  CHECK_THAT(r.failure, micropool_test::contains("data race"));
}
