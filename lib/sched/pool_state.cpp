// SPDX-License-Identifier: MIT OR Apache-2.0
#include "pool_state.hpp"

#include "../base/signal_mask.hpp"
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
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace micropool::detail {

void worker_loop(participant_state& self, bool searching) noexcept;
void cancel_queued(pool_state& pool) noexcept;

namespace {

void name_this_thread(const std::string& name, std::size_t index) noexcept {
  constexpr std::size_t kernel_keeps = 15;
  const std::string number = std::to_string(index);
  std::string full = name.substr(0, kernel_keeps - 1 - number.size());
  full += '-';
  full += number;
  ::pthread_setname_np(::pthread_self(), full.c_str());
}

void call_hook(const pool_state& pool, const std::function<void(std::size_t)>& hook,
               std::string_view name, std::size_t index) noexcept {
  if (!hook) return;
  try {
    hook(index);
  } catch (...) {
    pool.report(std::current_exception(), {.hook = name, .worker = index});
  }
}

void worker_main(pool_state& pool, participant_state& self, std::size_t index, int core,
                 bool searching) noexcept {
  // Once more, because spawn_handler may have made the thread in another way.
  block_asynchronous_signals();
  const pool_options& o = pool.options;
  if (!o.thread_name.empty()) name_this_thread(o.thread_name, index);
  if (core >= 0 && !pin_this_thread(core)) {
    pool.workers_not_pinned.fetch_add(1, std::memory_order_relaxed);
  }
  // The report comes before all that may wait for the loader's lock (a thread_local with a
  // destructor, of an allocator or a hook): the constructor may run in a static initialiser below
  // dlopen(), which holds that lock.
  // [release: pool.start] what the worker found out.
  pool.workers_started.fetch_add(1, std::memory_order_release);
  pool.workers_started.notify_one();
  set_frame_cache_limits({o.frame_cache.per_thread, o.frame_cache.shared});
  set_stack_cache_limits({o.stacks.per_thread, o.stacks.shared});
  self.stack = bounds_of_thread();
  this_thread().current = &self;
  this_thread().worker = &self;
  // [release: origin.change] what hooks fork runs in the environment of the thread.
  self.environment.store(float_environment::here(), std::memory_order_release);
  call_hook(pool, o.on_thread_start, "on_thread_start", index);
  worker_loop(self, searching);
  call_hook(pool, o.on_thread_exit, "on_thread_exit", index);
  this_thread().current = nullptr;
}

}  // namespace

pool_state* pool_state::make(pool_options options) {
  // Registers the process now: that takes milliseconds once the process has several threads.
  static_cast<void>(heavy_fence_works());
  return new pool_state(checked(std::move(options)));
}

void pool_state::start() {
  try {
    start_workers();
  } catch (...) {
    stop(true);
    throw;
  }
}

pool_state* pool_state::create(pool_options options) {
  pool_state* const pool = make(std::move(options));
  try {
    pool->start();
  } catch (...) {
    pool->release();
    throw;
  }
  return pool;
}

void pool_state::start_workers() {
  const std::size_t n = *options.num_threads;
  threads_.reserve(n);
  cores_.assign(n, -1);
  if (options.pinning != pinning::none) {
    if (std::vector<int> cores = cores_for_workers(n); !cores.empty()) cores_ = std::move(cores);
  }
  for (std::size_t i = 0; i < n; ++i) workers.push_back(&participants.acquire(*this, true));
  for (std::size_t i = 0; i < n; ++i) threads_.push_back(make_thread(i));
  for (std::size_t done = 0; done < n;) {
    workers_started.wait(done);
    // [acquire: pool.start] what the workers found out.
    done = workers_started.load(std::memory_order_acquire);
  }
  if (options.pinning == pinning::always &&
      (workers_not_pinned.load(std::memory_order_relaxed) > 0 || (n > 0 && cores_[0] < 0))) {
    throw std::invalid_argument(
        "micropool: pool_options::pinning = always: the system does not let this process bind its "
        "threads to cores; use if_supported or none");
  }
}

std::thread pool_state::make_thread(std::size_t i) {
  participant_state& self = *workers[i];
  // A thread that is made anew belongs to a worker that was woken, and so counts as searching.
  const bool searching =
      self.thread.load(std::memory_order_relaxed) == participant_state::thread_state::starting;
  auto body = [this, &self, i, searching] { worker_main(*this, self, i, cores_[i], searching); };
  // The thread inherits the mask, from its first instruction.
  const signals_blocked meanwhile;
  if (!options.spawn_handler) return std::thread(std::move(body));
  std::thread made = options.spawn_handler(i, std::move(body));
  if (!made.joinable()) {
    throw std::invalid_argument("micropool: pool_options::spawn_handler(" + std::to_string(i) +
                                ", body) returned a thread that is not joinable; it must "
                                "return the std::thread that runs the body");
  }
  return made;
}

bool pool_state::start_again(participant_state& w) noexcept {
  using state = participant_state::thread_state;
  // [seq_cst: pool.restart] before the look at the end: the stopping thread sees this, or this
  // thread sees the end.
  w.thread.store(state::starting, std::memory_order_seq_cst);
  state now = state::there;
  bool made = false;
  // [seq_cst: pool.restart] the other half.
  if (ending.load(std::memory_order_seq_cst)) {
    // [seq_cst: idle.publish] the worker neither searches nor sleeps any more.
    idle.fetch_sub(one_searching, std::memory_order_seq_cst);
  } else {
    try {
      threads_[w.id] = make_thread(w.id);
      made = true;
    } catch (const std::system_error&) {
      now = state::missing;  // callers do the work until the system has a thread again
    } catch (...) {
      now = state::missing;
      report(std::current_exception(), {.hook = "spawn_handler", .worker = w.id});
    }
  }
  if (now == state::missing) {
    w.resting.store(participant_state::rest::as_worker, std::memory_order_relaxed);
    // [seq_cst: idle.publish] asleep again.
    idle.fetch_add(one_sleeping - one_searching, std::memory_order_seq_cst);
  }
  // [release: pool.restart] the thread that joins it sees it.
  w.thread.store(now, std::memory_order_release);
  w.thread.notify_all();
  return made;
}

void pool_state::join_workers() noexcept {
  // [seq_cst: idle.publish] before the look at who sleeps.
  ending.store(true, std::memory_order_seq_cst);
  wake_everybody(*this);
  const std::lock_guard lock(join_mutex_);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    // [acquire: pool.restart] [seq_cst: pool.restart] a thread that is being made anew.
    workers[i]->thread.wait(participant_state::thread_state::starting, std::memory_order_seq_cst);
    // A worker may have had no thread in this process.
    if (threads_[i].joinable()) threads_[i].join();
  }
  threads_.clear();
}

void pool_state::wait_for_guests(shutdown_wait& w) const noexcept {
  using std::chrono::milliseconds;
  // The last guest to leave wakes this thread (participation::leave), provided that there is the
  // fence which makes sure that the guest sees that the pool stops.
  const milliseconds at_most = heavy_fence_works() ? std::chrono::hours(1) : milliseconds(10);
  participants.each([&](const participant_state& p) {
    if (p.is_worker) return;
    for (;;) {
      w.look();
      // [seq_cst: pool.stop] a call that begins is seen here or sees that the pool stops; and what
      // it did comes before the end.
      if (p.working_for.load(std::memory_order_seq_cst).none()) return;
      w.sleep(at_most);
    }
  });
}

// In this order: new calls are refused, and calls under way are waited for (pool.stop); the queue
// is closed to all but the work that still runs; this thread takes part until all of that has
// ended (pool.drain); then the workers end.
void pool_state::stop(bool cancel) noexcept {
  // [seq_cst: pool.stop] a call either sees this or is seen below.
  stopping.store(true, std::memory_order_seq_cst);
  shutdown_wait w(*this);
  wait_for_guests(w);
  background.close();
  finish_tasks(w, cancel);
  join_workers();
  // Visitors may have come since. From now on no other thread can take anything here.
  wait_for_guests(w);
  // Ends what an on_thread_exit hook or a visitor has spawned or started.
  cancel_queued(*this);
  finish_tasks(w, true);
}

std::uint64_t pool_state::tasks_ended() const noexcept {
  // [acquire: pool.drain] every push that came before an end counted here is counted below.
  std::uint64_t ended = lost_tasks + tasks_ended_elsewhere.load(std::memory_order_acquire);
  // [acquire: pool.drain] as above.
  participants.each([&](const participant_state& p) {
    ended += p.tasks_ended.load(std::memory_order_acquire);
  });
  return ended;
}

// Takes part, because there may be no worker, or none that may do background work. What it waits
// for may end or become ready in many ways. Those that are sure to need this thread report it
// (end_event.hpp); for the rest it polls.
void pool_state::finish_tasks(shutdown_wait& w, bool cancel) noexcept {
  // The ends are counted first: a task that is pushed in between only makes the result false. If
  // the counts are equal and no coroutine of another pool is here, nothing is left that could
  // push.
  const auto all_ended = [this] {
    // [seq_cst: pool.stop] [acquire: pool.drain] before the counts: what a migrant has pushed too.
    if (migrants.load(std::memory_order_seq_cst) > lost_migrants) return false;
    const std::uint64_t ended = tasks_ended();
    if (ended != background.pushed()) return false;
    // [acquire: pool.drain] and after them: a thread that has posted a job which has ended by now
    // may still be waking a waiter.
    return migrants.load(std::memory_order_acquire) <= lost_migrants;
  };
  if (all_ended()) return;
  const participation here(participation::visit{}, *this);
  auto& self = state_of(here.self());
  w.restart();
  for (w.look(); !all_ended(); w.look()) {
    if (cancel) cancel_queued(*this);
    found_work f = find_foreground_work(self);
    if (!f) f = find_background_work(self);
    if (!f) f = find_work_served_elsewhere(*this);
    if (f) {
      run_as_visitor(f, {this});
      w.restart();
    } else {
      w.sleep(std::chrono::milliseconds(10));
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
    // The slot may belong to another thread by now; if it is this thread's, no other changes it.
    // [acquire: registry.slot] the holder that came with the root.
    inside = inside || (!p.working_for.load(std::memory_order_acquire).none() &&
                        p.holder.load(std::memory_order_relaxed) == &self);
  });
  return inside;
}

void pool_state::drop_hooks() noexcept {
  options.on_thread_start = nullptr;
  options.on_thread_exit = nullptr;
  options.spawn_handler = nullptr;
}

}  // namespace micropool::detail
