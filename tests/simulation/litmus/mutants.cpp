// SPDX-License-Identifier: MIT OR Apache-2.0
// Programs that pass, and fail when one step is done otherwise (runtime/mutant.hpp).
#include "litmus.hpp"

#include "../runtime/mutant.hpp"

#include <micropool/detail/sync/short_mutex.hpp>

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>
#include <string>

using namespace micropool_test;
using simulation::operation;
using by = simulation::order;
using simulation::threads;

namespace {

simulation::result searched(const std::function<void()>& program) {
  return simulation::explore({.by = simulation::strategy::exhaustive, .executions = 200'000},
                             program);
}

// A program that passes, and the places that it comes by.
class subject {
public:
  explicit subject(std::function<void()> program)
      : program_(std::move(program)) {
    simulation::record_places(true);
    const auto r = searched(program_);
    simulation::record_places(false);
    places_ = simulation::recorded_places();
    CHECK(r.failure == "");
    CHECK(r.is_complete);
  }

  // The names of the places that have the operation and the order.
  std::vector<std::string> places(operation op, by success = by::relaxed) const {
    std::vector<std::string> names;
    for (const auto& p : places_) {
      if (p.op == op && p.success == success) names.push_back(p.name);
    }
    return names;
  }

  // How the program fails that is changed at all of them; `change` is in the words of the
  // environment, without the places.
  std::string failure(std::string change, operation op, by success = by::relaxed) const {
    for (const std::string& name : places(op, success)) change += ' ' + name;
    return failure_of(change);
  }
  std::string failure_of(const std::string& mutant) const {
    simulation::mutate(mutant);
    const auto r = searched(program_);
    simulation::mutate("");
    return r.failure;
  }

private:
  std::function<void()> program_;
  std::vector<simulation::place> places_;
};

std::string weaker(by success, by failure = by::relaxed) {
  return "weaker " + std::to_string(static_cast<int>(success)) + ' ' +
         std::to_string(static_cast<int>(failure));
}

}  // namespace

TEST_CASE("a mutant weakens the order of a store, of a load and of read-modify-writes") {
  const subject passes_a_message([] {
    const auto v = std::make_unique<variables>();
    threads(
        [&] {
          v->plain = 1;
          v->x.store(1, release);
        },
        [&] {
          if (v->x.load(acquire) == 1) simulation::check(v->plain == 1, "the message");
        });
  });
  CHECK_THAT(passes_a_message.failure(weaker(by::relaxed), operation::store, by::release),
             contains("race"));
  CHECK_THAT(passes_a_message.failure(weaker(by::relaxed), operation::load, by::acquire), contains("race"));
  CHECK(passes_a_message.failure(weaker(by::release), operation::store, by::release) == "");

  const subject passes_it_on([] {
    const auto v = std::make_unique<variables>();
    const auto add = [&] {
      int none = 0;
      if (v->x.compare_exchange_strong(none, 1, seq_cst, acquire)) {
        v->plain = 1;
        v->y.fetch_add(1, acq_rel);
      }
      if (v->y.fetch_add(0, acq_rel) == 1) simulation::check(v->plain == 1, "the message");
    };
    threads(add, add);
  });
  CHECK_THAT(passes_it_on.failure(weaker(by::release), operation::change, by::acq_rel), contains("race"));
  CHECK_THAT(passes_it_on.failure(weaker(by::acquire), operation::change, by::acq_rel), contains("race"));
  CHECK(passes_it_on.failure(weaker(by::relaxed, by::relaxed), operation::compare_exchange, by::seq_cst) == "");
}

TEST_CASE("a mutant makes two steps of one, or none") {
  const subject counts([] {
    const auto v = std::make_unique<variables>();
    const auto add = [&] { v->x.fetch_add(1, acq_rel); };
    threads(add, add);
    simulation::check(v->x.load(relaxed) == 2, "the count");
  });
  CHECK_THAT(counts.failure("split", operation::change, by::acq_rel), contains("the count"));
  CHECK_THAT(counts.failure("left_out", operation::change, by::acq_rel), contains("the count"));

  const subject decides([] {
    const auto v = std::make_unique<variables>();
    const auto claim = [&] {
      int none = 0;
      if (v->x.compare_exchange_strong(none, 1, acq_rel)) v->y.fetch_add(1, seq_cst);
    };
    threads(claim, claim);
    simulation::check(v->y.load(relaxed) == 1, "one winner");
    v->y.store(3, release);
    simulation::check(v->y.load(relaxed) == 3, "the last store");
  });
  CHECK_THAT(decides.failure("split", operation::compare_exchange, by::acq_rel),
             contains("one winner"));
  CHECK_THAT(decides.failure("left_out", operation::store, by::release), contains("the last store"));
}

TEST_CASE("a mutant leaves out fences") {
  const subject fences([] {
    const auto v = std::make_unique<variables>();
    int first = 0;
    int second = 0;
    const auto look = [](std::atomic<int>& mine, std::atomic<int>& other, int& seen) {
      mine.store(1, relaxed);
      std::atomic_thread_fence(seq_cst);
      seen = other.load(relaxed);
    };
    threads([&] { look(v->x, v->y, first); }, [&] { look(v->y, v->x, second); });
    simulation::check(first + second > 0, "one sees the other");
  });
  CHECK_THAT(fences.failure("left_out", operation::fence, by::seq_cst), contains("one sees"));
  CHECK_THAT(fences.failure(weaker(by::acq_rel), operation::fence, by::seq_cst), contains("one sees"));

  const subject heavy([] {
    const auto v = std::make_unique<variables>();
    int first = 0;
    int second = 0;
    threads(
        [&] {
          v->x.store(1, relaxed);
          first = v->y.load(relaxed);
        },
        [&] {
          v->y.store(1, relaxed);
          ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
          second = v->x.load(relaxed);
        });
    simulation::check(first + second > 0, "one sees the other");
  });
  CHECK_THAT(heavy.failure("left_out", operation::heavy_fence), contains("one sees"));
}

TEST_CASE("a mutant leaves out wake-ups") {
  const subject sleeps([] {
    const auto v = std::make_unique<variables>();
    threads([&] { while (v->x.load(acquire) == 0) ::syscall(SYS_futex, &v->x, FUTEX_WAIT, 0, nullptr); },
            [&] {
              v->x.store(1, release);
              ::syscall(SYS_futex, &v->x, FUTEX_WAKE, 1);
            });
  });
  CHECK_THAT(sleeps.failure("left_out", operation::wake), contains("lost wake-up"));
}

TEST_CASE("a mutant does not take a lock") {
  struct shared {
    std::mutex m;
    micropool::detail::short_mutex brief;
    int count = 0;
  };
  const subject locks([] {
    const auto s = std::make_unique<shared>();
    const auto add = [&] {
      const std::lock_guard lock(s->m);
      ++s->count;
    };
    threads(add, add);
  });
  CHECK_THAT(locks.failure("unlocked", operation::lock), contains("race"));

  const subject both_lock([] {
    const auto s = std::make_unique<shared>();
    const auto add = [&] {
      s->brief.lock();
      ++s->count;
      s->brief.unlock();
    };
    threads(add, add);
  });
  CHECK_THAT(both_lock.failure("unlocked", operation::compare_exchange, by::acquire), contains("race"));
}

TEST_CASE("a mutant of one caller leaves the others as they are") {
  struct calls {
    [[gnu::noinline]] static void count(std::atomic<int>& x) { x.fetch_add(1, seq_cst); }
  };
  const subject calls_twice([] {
    const auto v = std::make_unique<variables>();
    calls::count(v->x);
    calls::count(v->y);
    simulation::check(v->x.load(relaxed) == 1, "the first call");
    simulation::check(v->y.load(relaxed) == 1, "the second call");
  });
  std::set<std::string> failures;
  const auto names = calls_twice.places(operation::change, by::seq_cst);
  for (const std::string& name : names) failures.insert(calls_twice.failure_of("left_out " + name));
  CHECK(names.size() == 2);
  CHECK(failures == std::set<std::string>{"the first call: wrong", "the second call: wrong"});
}

TEST_CASE("a mutant that makes no sense is refused") {
  CHECK_THROWS_AS(simulation::mutate("stronger 0x1"), std::invalid_argument);
  CHECK_THROWS_AS(simulation::mutate("split"), std::invalid_argument);
  CHECK_THROWS_AS(simulation::mutate("split what"), std::invalid_argument);
  CHECK(!simulation::has_mutant());
}
