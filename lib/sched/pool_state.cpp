// SPDX-License-Identifier: MIT OR Apache-2.0
#include "pool_state.hpp"

#include "../base/stack_bounds.hpp"
#include "../work/stack_pool.hpp"
#include "options_check.hpp"
#include "pin.hpp"
#include "find_work.hpp"
#include "sleep.hpp"
#include "thread_local_state.hpp"
#include "visit.hpp"

#include <micropool/detail/work/frame_alloc.hpp>

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace micropool::detail {

void worker_loop(participant_state& self) noexcept;
void cancel_queued(pool_state& pool) noexcept;

namespace {

// How the workers' start went: pinning::always must be able to fail in the constructor.
struct start_report {
  std::atomic<std::size_t> done{0};
  std::atomic<std::size_t> not_pinned{0};
};

void name_this_thread(const std::string& name, std::size_t index) noexcept {
  constexpr std::size_t kernel_keeps = 15;
  const std::string number = std::to_string(index);
  std::string full = name.substr(0, kernel_keeps - 1 - number.size());
  full += '-';
  full += number;
  ::pthread_setname_np(::pthread_self(), full.c_str());
}

void call_hook(const pool_state& pool, const std::function<void(std::size_t)>& hook,
               std::size_t index) noexcept {
  if (!hook) return;
  try {
    hook(index);
  } catch (...) {
    pool.report(std::current_exception());
  }
}

void worker_main(pool_state& pool, participant_state& self, std::size_t index, int core,
                 start_report& started) noexcept {
  const pool_options& o = pool.options;
  if (!o.thread_name.empty()) name_this_thread(o.thread_name, index);
  if (core >= 0 && !pin_this_thread(core)) {
    started.not_pinned.fetch_add(1, std::memory_order_relaxed);
  }
  set_frame_cache_limits({o.frame_cache.per_thread, o.frame_cache.shared});
  set_stack_cache_limits({o.stacks.per_thread, o.stacks.shared});
  self.stack_floor = lowest_usable_stack();
  this_thread().current = &self;
  this_thread().worker = &self;
  // [release: pool.start] what the worker found out.
  started.done.fetch_add(1, std::memory_order_release);
  started.done.notify_one();
  call_hook(pool, o.on_thread_start, index);
  worker_loop(self);
  call_hook(pool, o.on_thread_exit, index);
  this_thread().current = nullptr;
}

}  // namespace

pool_state* pool_state::create(pool_options options, thread_pool* facade) {
  auto* pool = new pool_state(checked(std::move(options)));
  // Registers the process: that takes milliseconds once it has several threads.
  static_cast<void>(heavy_fence_works());
  pool->facade = facade;
  try {
    pool->start_workers();
  } catch (...) {
    pool->drop();
    throw;
  }
  return pool;
}

void pool_state::start_workers() {
  const std::size_t n = *options.num_threads;
  // Shared: the last worker to report may still be waking this thread when it has gone on.
  const auto started = std::make_shared<start_report>();
  threads_.reserve(n);
  std::vector<int> cores(n, -1);
  if (options.pinning != pinning::none) {
    cores = cores_for_workers(n);
    if (cores.empty()) cores.assign(n, -1);
  }
  try {
    for (std::size_t i = 0; i < n; ++i) workers.push_back(&participants.acquire(*this, true));
    for (std::size_t i = 0; i < n; ++i) {
      auto body = [this, i, core = cores[i], started] {
        worker_main(*this, *workers[i], i, core, *started);
      };
      if (!options.spawn_handler) {
        threads_.emplace_back(std::move(body));
        continue;
      }
      std::thread made = options.spawn_handler(i, std::move(body));
      if (!made.joinable()) {
        throw std::invalid_argument("micropool: pool_options::spawn_handler(" + std::to_string(i) +
                                    ", body) returned a thread that is not joinable; it must "
                                    "return the std::thread that runs the body");
      }
      threads_.push_back(std::move(made));
    }
  } catch (...) {
    join_workers();
    throw;
  }
  for (std::size_t done = 0; done < n;) {
    started->done.wait(done);
    // [acquire: pool.start] what the workers found out.
    done = started->done.load(std::memory_order_acquire);
  }
  if (options.pinning == pinning::always &&
      (started->not_pinned.load(std::memory_order_relaxed) > 0 || (n > 0 && cores[0] < 0))) {
    join_workers();
    throw std::invalid_argument(
        "micropool: pool_options::pinning = always: the system does not let this process bind its "
        "threads to cores; use if_supported or none");
  }
}

void pool_state::join_workers() noexcept {
  // [seq_cst: idle.publish] before the look at who sleeps.
  ending.store(true, std::memory_order_seq_cst);
  wake_everybody(*this);
  const std::lock_guard lock(join_mutex_);
  for (std::thread& t : threads_) t.join();
  threads_.clear();
}

void pool_state::wait_for_guests() const noexcept {
  participants.each([](const participant_state& p) {
    if (p.is_worker) return;
    // [seq_cst: pool.stop] a call that begins is seen here or sees that the pool stops; and what it
    // did comes before the end.
    for (int looks = 0; !p.working_for.load(std::memory_order_seq_cst).none(); ++looks) {
      // Not at the first looks, for a call that is being refused is here for a moment too.
      MICROPOOL_ASSERT(looks < 100 || p.is_visitor.load(std::memory_order_relaxed),
                       "let every call on a thread_pool return before you destroy the pool or shut "
                       "it down");
      std::this_thread::yield();
    }
  });
}

void pool_state::stop(bool cancel) noexcept {
  // [seq_cst: pool.stop] a call either sees this or is seen below.
  stopping.store(true, std::memory_order_seq_cst);
  wait_for_guests();
  background.close();
  finish_tasks(cancel);
  join_workers();
  // Visitors, which may have come since. From now on nothing is left here that could be taken.
  wait_for_guests();
  // What an on_thread_exit hook or a visitor has spawned or started.
  cancel_queued(*this);
  finish_tasks(true);
}

std::uint64_t pool_state::tasks_ended() const noexcept {
  // [acquire: pool.drain] every push that came before an end counted here is counted below.
  std::uint64_t ended = tasks_ended_elsewhere.load(std::memory_order_acquire);
  // [acquire: pool.drain] as above.
  participants.each([&](const participant_state& p) {
    ended += p.tasks_ended.load(std::memory_order_acquire);
  });
  return ended;
}

// Takes part, for there may be no worker, or none that may do background work. Looks again after a
// while instead of being woken: what it waits for (the workers' last tasks, foreign events) may end
// in many ways, and nobody is in a hurry.
void pool_state::finish_tasks(bool cancel) noexcept {
  // The ends are counted first: a task that is pushed in between only makes the answer no. Once the
  // two are equal, and nobody lodges here, nothing is left that could push.
  const auto all_ended = [this] {
    // [seq_cst: pool.stop] [acquire: pool.drain] before the counts: what a lodger has pushed too.
    if (lodgers.load(std::memory_order_seq_cst) != 0) return false;
    const std::uint64_t ended = tasks_ended();
    return ended == background.pushed();
  };
  if (all_ended()) return;
  const participation here(participation::visit{}, *this);
  auto& self = state_of(here.self());
  auto patience = std::chrono::microseconds(1);
  while (!all_ended()) {
    if (cancel) cancel_queued(*this);
    found_work f = find_foreground_work(self);
    if (!f) f = find_background_work(self);
    if (f) {
      run_as_visitor(f);
      patience = std::chrono::microseconds(1);
    } else {
      std::this_thread::sleep_for(patience);
      patience = std::min(2 * patience, std::chrono::microseconds(1000));
    }
  }
}

bool pool_state::take_place() noexcept {
  std::uint32_t taken = places_taken_.load(std::memory_order_relaxed);
  do {
    if (taken >= limit_) return false;
    // [seq_cst: idle.publish] before the look for queued tasks.
  } while (!places_taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_seq_cst));
  return true;
}

bool pool_state::is_inside() const noexcept {
  const auto& self = this_thread();
  if (self.worker != nullptr && self.worker->pool == this) return true;
  bool inside = false;
  participants.each([&](const participant_state& p) {
    if (p.is_worker || p.holder.load(std::memory_order_relaxed) != &self) return;
    // The slot may be somebody else's by now; if it is still this thread's, nobody changes it.
    // [acquire: registry.slot] the holder that came with the root.
    inside = inside || (!p.working_for.load(std::memory_order_acquire).none() &&
                        p.holder.load(std::memory_order_relaxed) == &self);
  });
  return inside;
}

void pool_state::report(std::exception_ptr e) const noexcept {
  if (options.on_unhandled_exception) {
    options.on_unhandled_exception(std::move(e));
    return;
  }
  try {
    std::rethrow_exception(std::move(e));
  } catch (const std::exception& x) {
    std::fprintf(stderr, "micropool: unhandled exception: %s\n", x.what());
  } catch (...) {
    std::fputs("micropool: unhandled exception of an unknown type\n", stderr);
  }
  std::terminate();
}

}  // namespace micropool::detail
