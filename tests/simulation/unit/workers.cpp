// SPDX-License-Identifier: MIT OR Apache-2.0
// Workers that fall asleep while work is published (S1 to S5), also where the places for background
// work are few: no worker sleeps beside work that it may take.
#include "bare_pool.hpp"
#include "event.hpp"

#include "sched/sleep.hpp"
#include "sched/thread_local_state.hpp"
#include "sched/loops.hpp"

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/join.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

// Runs a function once, as a background task or as a job of a call.
struct counted_work {
  std::function<void()> body = [] {};
  event done;

  void run() {
    body();
    done.set();
  }
};

struct work_task : detail::background_task {
  work_task(detail::pool_state& pool, counted_work& w)
      : background_task(
            pool,
            [](detail::job& j, detail::participant& p) noexcept {
              auto& t = static_cast<work_task&>(j);
              counted_work& mine = t.work;
              mine.body();
              detail::end_task(t, p);
              mine.done.set();
            },
            [](background_task& t, operation o) noexcept {
              if (o == operation::destroy) delete static_cast<work_task*>(&t);
            }),
        work(w) {}
  counted_work& work;
};

struct work_job : detail::job {
  explicit work_job(counted_work& w)
      : job([](job& j, detail::participant&) noexcept { static_cast<work_job&>(j).work.run(); }),
        work(w) {}
  counted_work& work;
};

// A pool whose workers are simulated threads.
class played_pool {
public:
  played_pool(std::size_t workers, std::size_t background_limit)
      : pool_(workers, background_limit) {
    for (std::size_t i = 0; i < workers; ++i) {
      pool_->workers.push_back(&pool_->participants.acquire(*pool_, true));
    }
    for (detail::participant_state* w : pool_->workers) {
      threads_.emplace_back([w] {
        detail::this_thread().current = w;
        detail::this_thread().worker = w;
        detail::worker_loop(*w, false);
        detail::this_thread().current = nullptr;
      });
    }
  }
  // As the end of a pool does when nothing is left.
  ~played_pool() {
    pool_->ending.store(true, std::memory_order_seq_cst);
    detail::wake_everybody(*pool_);
    for (std::thread& t : threads_) t.join();
  }
  played_pool(const played_pool&) = delete;
  played_pool& operator=(const played_pool&) = delete;

  detail::pool_state& state() { return *pool_; }
  void spawn(counted_work& w) {
    auto* const t = new work_task(*pool_, w);
    detail::spawn(*t);
    detail::release(*t);
  }

private:
  bare_pool pool_;
  std::deque<std::thread> threads_;
};

void search(const std::function<void()>& program) { simulate_by_chance(2'500, 400, program); }

}  // namespace

TEST_CASE("workers: a spawned task is run, also if it comes while all fall asleep") {
  search([] {
    counted_work a;
    counted_work b;
    played_pool p(2, 2);
    p.spawn(a), p.spawn(b);
    a.done.wait(), b.done.wait();
  });
}

TEST_CASE("workers: a task that blocks leaves the next one to the other worker") {
  search([] {
    counted_work a;
    counted_work b;
    a.body = [&] { b.done.wait(); };
    played_pool p(2, 2);
    p.spawn(a), p.spawn(b);
    a.done.wait();
  });
}

TEST_CASE("workers: a posted job is run while the only place for background work is taken") {
  search([] {
    counted_work background;
    counted_work foreground;
    background.body = [&] { foreground.done.wait(); };
    const detail::root of_call;
    played_pool p(2, 1);
    detail::blocked_call call(p.state(), of_call);
    work_job j(foreground);
    p.spawn(background);
    detail::post(call.home, j);
    background.done.wait();
  });
}

TEST_CASE("workers: tasks that are spawned by two threads get the only place in turn") {
  search([] {
    counted_work a;
    counted_work b;
    counted_work c;
    played_pool p(2, 1);
    simulation::threads([&] { p.spawn(a); }, [&] { p.spawn(b), p.spawn(c); });
    a.done.wait(), b.done.wait(), c.done.wait();
  });
}

TEST_CASE("workers: a task that another consumer takes away leaves the place free") {
  search([] {
    counted_work a;
    counted_work b;
    played_pool p(2, 1);
    simulation::threads(
        [&] { p.spawn(a), p.spawn(b); },
        [&] {
          // As a thread that joins a task in place.
          if (auto* const t = static_cast<work_task*>(p.state().background.pop(0))) {
            const detail::participation here(detail::participation::visit{}, p.state());
            t->execute(*t, here.self());
          }
        });
    a.done.wait(), b.done.wait();
  });
}

// The pusher does not take its job back, so the other worker must.
TEST_CASE("workers: what a worker pushes is taken by one that falls asleep meanwhile (S2 to S4)") {
  const auto program = [](int pushes) {
    return [pushes] {
      counted_work pusher;
      counted_work pushed[2];
      work_job jobs[2] = {work_job(pushed[0]), work_job(pushed[1])};
      pusher.body = [&] {
        detail::participant& self = *detail::current_participant();
        for (int i = 0; i < pushes; ++i) {
          self.reserve(1);
          self.push(jobs[i]);
          pushed[i].done.wait();
        }
      };
      played_pool p(2, 2);
      p.spawn(pusher);
      pusher.done.wait();
    };
  };
  search(program(1));
  search(program(2));
}

TEST_CASE("workers: a guest keeps its slot and its frame while a branch of its call is out") {
  search([] {
    played_pool p(1, 1);
    const auto call = [&] {
      const detail::participation here(&p.state());
      int ran = 0;
      const auto [a, b, c] = micropool::join([&] { return ++ran, 1; }, [] { return 2; },
                                             [] { return 3; });
      simulation::check(a == 1 && b == 2 && c == 3 && ran == 1, "all branches have ended");
    };
    simulation::threads(call, call);
  });
}
