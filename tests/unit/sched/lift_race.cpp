// SPDX-License-Identifier: MIT OR Apache-2.0
// Lifting while others look at the same tasks: the root of a waiter that is gone already, and lifts
// that meet.
#include "sched/run_job.hpp"
#include "sched/wait_graph.hpp"

#include "catch.hpp"
#include "scale.hpp"
#include "some_task.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <thread>

using namespace micropool::detail;
using micropool_test::some_pool;
using micropool_test::some_task;

namespace {

// A root on a stack that goes away: it cannot be read afterwards, its address is all that is left.
class vanishing_root {
public:
  vanishing_root()
      : page_(::mmap(nullptr, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                     0)) {
    if (page_ == MAP_FAILED) throw std::bad_alloc();
    root_ = ::new (page_) root;
  }
  ~vanishing_root() { ::munmap(page_, page_size()); }
  vanishing_root(const vanishing_root&) = delete;
  vanishing_root& operator=(const vanishing_root&) = delete;

  const root& get() const { return *root_; }
  const root* address() const { return root_; }
  bool vanish() {
    std::destroy_at(root_);
    return ::mprotect(page_, page_size(), PROT_NONE) == 0;
  }

private:
  static std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

  void* page_;
  root* root_;
};

// A task that has begun elsewhere, was lifted to a root, and has not been seen to end; the caller
// who opened that root has returned.
class lifted_task {
public:
  lifted_task() {
    spawn(task);
    static_cast<void>(pool->background.pop(0));
    announce_wait(task, first_wait_, first_waiter.get());
    vanished = first_waiter.vanish();
  }

  const some_pool pool;
  vanishing_root first_waiter;
  some_task task{pool};
  bool vanished = false;

  void end() {
    const participation elsewhere(&*pool);
    end_task(task, elsewhere.self());
  }

private:
  task_waiter first_wait_;
};

}  // namespace

TEST_CASE("the owner of a lifted task is known without a read of the root that it was lifted to") {
  lifted_task t;
  REQUIRE(t.vanished);
  const root_tag tag = tag_of(t.task.own_root);
  REQUIRE(tag.is(t.first_waiter.address()));
  REQUIRE_FALSE(tag.background());
  t.end();
}

TEST_CASE("who helps with a task does not read the root of a joiner that has returned meanwhile") {
  lifted_task t;
  REQUIRE(t.vanished);
  help_task(t.task);
  REQUIRE_FALSE(t.task.has_ended());
  t.end();
}

TEST_CASE("who joins a task does not read the root of a joiner that has returned meanwhile") {
  lifted_task t;
  REQUIRE(t.vanished);
  std::thread joins([&] { join_task(t.task); });
  while (t.task.waiters.load() == nullptr) std::this_thread::yield();
  t.end();
  joins.join();
  REQUIRE(t.task.has_ended());
}

namespace {

// Remembers for which root its destroyer works.
struct witness_task : background_task {
  explicit witness_task(const some_pool& pool)
      : background_task(
            *pool, [](job&, participant&) noexcept {},
            [](background_task& t, operation) noexcept {
              static_cast<witness_task&>(t).destroyed_for = &current_root(*current_participant());
            }) {}
  const root* destroyed_for = nullptr;
};

}  // namespace

TEST_CASE("what a task leaves is not destroyed for the root of a waiter that has returned") {
  const some_pool pool;
  vanishing_root waiter;
  witness_task t(pool);
  spawn(t);
  static_cast<void>(pool->background.pop(0));
  {
    const participation here(participation::visit{}, *pool);
    work_for(state_of(here.self()), t.own_root);
    task_waiter w;
    announce_wait(t, w, waiter.get());
    // The waiter sees the end before it is listed, returns, and drops its handle.
    release(t);
    REQUIRE(waiter.vanish());
    end_task(t, here.self());
  }
  REQUIRE(t.destroyed_for != nullptr);
  REQUIRE(t.destroyed_for != waiter.address());
}

TEST_CASE("two lifts of tasks that wait for each other do not lock each other out") {
  const some_pool pool;
  // Both must be under way before either comes to the other's task. So they start from a spin,
  // which a wake-up would delay, and look at many participants first.
  constexpr int bystanders = 100;
  for (int k = 0; k < bystanders; ++k) pool->participants.acquire(*pool, false);
  for (std::size_t round = 0; round < micropool_test::scaled(200); ++round) {
    const std::array<root, 2> waiters{root(), root()};
    std::array<some_task, 2> tasks{some_task(pool), some_task(pool)};
    // Each has many branches that wait for the other.
    std::array<std::array<task_waiter, 20>, 2> inside;
    for (std::size_t k = 0; k < 2; ++k) {
      for (task_waiter& w : inside.at(k)) announce_wait(tasks.at(1 - k), w, tasks.at(k).own_root);
    }
    std::array<task_waiter, 2> outside;
    std::atomic<int> there{0};
    const auto lift = [&](std::size_t k) {
      ++there;
      while (there < 2) std::this_thread::yield();
      announce_wait(tasks.at(k), outside.at(k), waiters.at(k));
    };
    std::thread other([&] { lift(1); });
    lift(0);
    other.join();
    for (const some_task& t : tasks) {
      const root_tag tag = tag_of(t.own_root);
      REQUIRE((tag.is(&waiters[0]) || tag.is(&waiters[1])));
    }
    for (auto& waits : inside) {
      for (task_waiter& w : waits) end_wait(w);
    }
    for (const some_task& t : tasks) REQUIRE(t.inboxes.waits == nullptr);
  }
}
