// SPDX-License-Identifier: MIT OR Apache-2.0
// thread_pool: workers, and the calls that use them.
#pragma once

#include <micropool/detail/sched/current_pool.hpp>
#include <micropool/detail/sched/pool_options.hpp>
#include <micropool/detail/task/on_pool.hpp>
#include <micropool/join.hpp>
#include <micropool/scope.hpp>
#include <micropool/spawn.hpp>
#include <micropool/stats.hpp>
#include <micropool/sync_wait.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace micropool {

class split;

// What shutdown does with work that is queued and has not started.
enum class shutdown {
  drain,          // runs it
  cancel_queued,  // cancels background tasks; foreground calls have a caller, so they always end
};

// A number of worker threads, and the participants that callers become for the length of a call.
//
// Threads: every member may be called from any thread, except that a worker of the pool, or a
// thread inside a call on it, must not destroy it or shut it down. Lifetime: every call on the pool
// must have returned before its destruction begins; with debug checks a blocked caller is reported.
// The destructor runs what is queued and joins the workers. Errors: the constructor throws
// std::invalid_argument naming the option and its value, and std::system_error when a thread cannot
// be started. Calls on a pool that has shut down throw pool_stopped. Destruction from inside prints
// a message and terminates.
class MICROPOOL_API thread_pool {
public:
  // The most workers a pool may have.
  static constexpr std::size_t max_threads = 1024;

  explicit thread_pool(pool_options options = {});
  ~thread_pool();
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;

  // Calls f on this thread; inside, every free function of the library uses this pool. May nest.
  // Costs a few nanoseconds; throws what f throws.
  template <class F>
  decltype(auto) install(F&& f) {
    const detail::pool_installation here(*state_);
    return std::invoke(std::forward<F>(f));
  }

  // As the free functions of the same names, on this pool. An awaitable that they return moves to
  // this pool when it is awaited; who awaits it goes on where it was.
  template <class... Branches>
  decltype(auto) join(Branches&&... branches) {
    if constexpr ((detail::async_branch<Branches> || ...)) {
      return detail::on_pool(*state_, micropool::join(std::forward<Branches>(branches)...));
    } else {
      return install([&]() -> decltype(auto) { return micropool::join(branches...); });
    }
  }
  template <class Range>
  decltype(auto) join_all(Range&& range) {
    if constexpr (detail::awaitable<decltype(micropool::join_all(std::forward<Range>(range)))>) {
      return detail::on_pool(*state_, micropool::join_all(std::forward<Range>(range)));
    } else {
      return install([&]() -> decltype(auto) {
        return micropool::join_all(std::forward<Range>(range));
      });
    }
  }
  template <class F>
  decltype(auto) scope(F&& body) {
    if constexpr (detail::async_scope_body<std::decay_t<F>>) {
      return detail::on_pool(*state_, micropool::scope(std::forward<F>(body)));
    } else {
      return install([&]() -> decltype(auto) { return micropool::scope(body); });
    }
  }
  template <detail::async_branch A>
  decltype(auto) sync_wait(A&& a) {
    return detail::run_task(detail::as_task(std::forward<A>(a)), state_);
  }

  template <class A>
  auto spawn_owned(A&& a) {
    return owned_task(detail::spawn_on(*state_, std::forward<A>(a), false));
  }
  template <class A>
  auto spawn_shared(A&& a) {
    return shared_task(detail::spawn_on(*state_, std::forward<A>(a), true));
  }

  // For a parallel iterator (iter.hpp), which then runs on this pool: one chunk for each thread
  // that may take part.
  split split_by_threads() const noexcept;

  // Workers, without callers.
  std::size_t num_threads() const noexcept;
  pool_stats stats() const;

  // Ends the pool: no call may begin after this. Waits until the workers have ended. Calling it
  // again does nothing. Throws std::logic_error from inside.
  void shutdown(micropool::shutdown how = micropool::shutdown::drain);

private:
  friend thread_pool& current_pool();
  friend detail::move_to_pool resume_on(thread_pool& pool) noexcept;
  explicit thread_pool(detail::pool_state& adopted) noexcept;

  detail::pool_state* state_;
};

// Starts the global pool with these options. Optional: the first use of a free function outside
// any pool starts it with the defaults. Throws pool_already_started if that has happened.
// The global pool lives until the process ends, so static destructors may use it.
MICROPOOL_API void init_global_pool(pool_options options = {});

// The pool that free functions use on this thread: that of the innermost install() or call, or the
// global pool, which is started if need be.
MICROPOOL_API thread_pool& current_pool();
MICROPOOL_API std::size_t num_threads();

// Awaited by a task: it goes on on this pool, and so does what it forks from then on; at once if it
// is there already. Throws pool_stopped. Cost: a lock, and a wake-up if everybody sleeps.
inline detail::move_to_pool resume_on(thread_pool& pool) noexcept {
  return detail::move_to_pool(*pool.state_);
}

// Awaited by a task: lets everything that is ready go first, then goes on. Cost: as resume_on.
inline detail::yield_awaitable yield() noexcept { return {}; }

// From plain code: gives the processor to another thread that wants it, then goes on. It runs no
// job, not even of a higher tier: that job might wait for the very work that it would stand on.
MICROPOOL_API void yield_now() noexcept;

// The number of this thread among its pool's workers; empty on every other thread.
MICROPOOL_API std::optional<std::size_t> this_thread_index() noexcept;

}  // namespace micropool
