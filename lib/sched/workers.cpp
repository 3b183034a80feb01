// SPDX-License-Identifier: MIT OR Apache-2.0
// The threads of a pool's workers: started, started again in a child of fork(), and joined.
#include "loops.hpp"
#include "pool_state.hpp"
#include "sleep.hpp"
#include "thread_local_state.hpp"

#include "../base/signal_mask.hpp"
#include "../base/stack_bounds.hpp"
#include "../work/stack_pool.hpp"
#include "pin.hpp"

#include <micropool/detail/work/frame_alloc.hpp>

#include <pthread.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace micropool::detail {
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
    participants.show_asleep(w);
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

}  // namespace micropool::detail
