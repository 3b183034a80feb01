// SPDX-License-Identifier: MIT OR Apache-2.0
// thread_pool: workers, and the calls that use them.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/current_pool.hpp>
#include <micropool/detail/task/on_pool.hpp>
#include <micropool/join.hpp>
#include <micropool/pool_options.hpp>
#include <micropool/scope.hpp>
#include <micropool/spawn.hpp>
#include <micropool/stats.hpp>
#include <micropool/sync_wait.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <source_location>
#include <utility>

namespace micropool {

class split;

/// What shutdown() does with work that is queued and has not started.
enum class shutdown {
  drain,          ///< runs it
  cancel_queued,  ///< cancels background tasks; foreground work has a caller and always runs
};

/// A set of worker threads. A thread that calls into the pool takes part for the length of the
/// call.
///
/// ```cpp
/// mp::thread_pool pool({.num_threads = 3, .idle_spin = 50us, .thread_name = "physics"});
/// return pool.sync_wait(fib(15));  // on three workers and this thread
/// ```
///
/// Threads: every member may be called from any thread, except that a worker of the pool, or a
/// thread inside a call on it, must not destroy it or shut it down.
/// Lifetime: the destructor waits for calls that are under way, runs what is queued and joins the
/// workers. Calls from outside that begin while it waits throw pool_stopped; once it has returned,
/// the pool must not be used.
/// Errors: the constructor throws std::invalid_argument, naming the option and its value, and
/// std::system_error if a thread cannot be started. Calls on a pool that has shut down throw
/// pool_stopped. Destruction from inside prints a message and terminates.
class MICROPOOL_API thread_pool {
public:
  /// The most workers a pool may have.
  static constexpr std::size_t max_threads = 1024;

  /// Starts the workers.
  explicit thread_pool(pool_options options = {});
  // Deleted: a pool of n workers is thread_pool({.num_threads = n}).
  template <std::integral N>
  explicit thread_pool(
      N, detail::instead_write<"thread_pool({.num_threads = n})"> = {}) =
      MICROPOOL_DELETED("thread_pool({.num_threads = n})");
  ~thread_pool();
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;

  /// Calls f on this thread; inside f, every free function of the library uses this pool. May be
  /// nested. The pool must not be destroyed while it is installed: with debug checks that
  /// terminates the program with a message; without them, calls inside f throw pool_stopped from
  /// then on. Throws what f throws. Cost: a few nanoseconds.
  ///
  /// ```cpp
  /// pool.install([&] { mp::par_iter(v).for_each([](double& x) { x = work(x); }); });
  /// ```
  template <std::invocable F>
  decltype(auto) install(F&& f) {
    const detail::pool_installation here(*state_);
    return std::invoke(std::forward<F>(f));
  }
  MICROPOOL_INSTEAD_OF_CALL(install, "install(f), where f is a callable without parameters")

  /// As micropool::join(), on this pool. This and the members below do what the free functions of
  /// the same names do, on this pool. Awaitables that they return run on this pool; the awaiting
  /// coroutine resumes on its own pool.
  template <class... Branches>
    requires(detail::are_called<Branches...> || detail::are_awaited<Branches...>)
  decltype(auto) join(Branches&&... branches) {
    if constexpr ((detail::async_branch<Branches> || ...)) {
      return detail::on_pool(*state_, micropool::join(std::forward<Branches>(branches)...));
    } else {
      return install([&]() -> decltype(auto) { return micropool::join(branches...); });
    }
  }
  MICROPOOL_INSTEAD_OF_CALL(join,
                            "join(branches...), with at least one, where each is std::move(task), "
                            "another awaitable, or a callable without parameters")
  /// As micropool::join_all(), on this pool.
  template <class Range>
    requires detail::is_range_of_branches<Range>
  decltype(auto) join_all(Range&& range) {
    if constexpr (detail::awaitable<decltype(micropool::join_all(std::forward<Range>(range)))>) {
      return detail::on_pool(*state_, micropool::join_all(std::forward<Range>(range)));
    } else {
      return install([&]() -> decltype(auto) {
        return micropool::join_all(std::forward<Range>(range));
      });
    }
  }
  MICROPOOL_INSTEAD_OF_CALL(join_all,
                            "join_all(range), where range is given away as std::move(tasks), or "
                            "holds callables without parameters")
  /// As micropool::scope(), on this pool.
  template <class F>
    requires std::invocable<F&, scope_ref>
  decltype(auto) scope(F&& body) {
    if constexpr (detail::async_scope_body<std::decay_t<F>>) {
      return detail::on_pool(*state_, micropool::scope(std::forward<F>(body)));
    } else {
      return install([&]() -> decltype(auto) { return micropool::scope(body); });
    }
  }
  MICROPOOL_INSTEAD_OF_CALL(scope, "scope([&](micropool::scope_ref s) { ... })")
  /// As micropool::sync_wait(), on this pool.
  template <class A>
    requires detail::are_awaited<A>
  decltype(auto) sync_wait(A&& a) {
    return detail::run_task(detail::as_task(std::forward<A>(a)), state_);
  }
  MICROPOOL_INSTEAD_OF_AWAITING(sync_wait,
                            "sync_wait(x), where x is std::move(task), another awaitable, or a "
                            "callable that returns one; call a plain callable directly")

  /// As micropool::spawn_owned(), on this pool.
  template <class A>
    requires detail::is_branch<A>
  auto spawn_owned(A&& a, std::source_location at = std::source_location::current()) {
    return owned_task(detail::passkey(), detail::spawn_on(*state_, std::forward<A>(a), false, at));
  }
  MICROPOOL_INSTEAD_OF_AWAITING(spawn_owned,
                            "spawn_owned(x), where x is std::move(task), another awaitable, or a "
                            "callable without parameters")
  /// As micropool::spawn_shared(), on this pool.
  template <class A>
    requires detail::is_branch<A>
  auto spawn_shared(A&& a, std::source_location at = std::source_location::current()) {
    return shared_task(detail::passkey(), detail::spawn_on(*state_, std::forward<A>(a), true, at));
  }
  MICROPOOL_INSTEAD_OF_AWAITING(spawn_shared,
                            "spawn_shared(x), where x is std::move(task), another awaitable, or a "
                            "callable without parameters")

  /// Returns a split for parallel iterators (iter.hpp): the loop runs on this pool, with one chunk
  /// for each thread that may take part.
  split split_by_threads() const noexcept;

  /// The number of workers. Callers do not count.
  std::size_t num_threads() const noexcept;
  /// Returns the counters. Threads: any, also while the pool works.
  pool_stats stats() const;

  /// Ends the pool: calls from outside that begin later throw pool_stopped. Sleeps until all calls
  /// under way have returned, everything queued has run or was cancelled, all tasks have ended, and
  /// the workers have exited. If that takes longer than pool_options::shutdown_notice, prints one
  /// line on stderr that says what it waits for. A further call does nothing. Throws
  /// std::logic_error if it is called from inside, and std::invalid_argument if `how` is none of
  /// the enumerators.
  void shutdown(micropool::shutdown how = micropool::shutdown::drain);

private:
  friend thread_pool& current_pool();
  friend detail::move_to_pool resume_on(thread_pool& pool) noexcept;
  explicit thread_pool(detail::pool_state& adopted) noexcept;
  void give_up_state() noexcept;

  detail::pool_state* state_;
};

/// Starts the global pool with these options. Optional: the first use of a free function outside
/// any pool starts it with the defaults. Throws pool_already_started if it has been started.
/// The global pool lives until the process ends, so static destructors may use it.
MICROPOOL_API void init_global_pool(pool_options options = {});

/// Returns the pool that free functions use on this thread: that of the innermost install() or
/// call, otherwise the global pool, which is started if necessary.
MICROPOOL_API thread_pool& current_pool();
/// Returns the number of workers of the current pool.
MICROPOOL_API std::size_t num_threads();

/// Migrates the awaiting task, and everything it forks afterwards, to `pool`. Does not suspend if
/// the task already runs there. Throws pool_stopped. Cost: a lock, and a wake-up if all workers
/// sleep.
inline detail::move_to_pool resume_on(thread_pool& pool) noexcept {
  return detail::move_to_pool(*pool.state_);
}

/// Suspends the awaiting task so that other ready work of its tier can begin, then resumes it
/// (guarantee 6). Cost: as resume_on.
inline detail::yield_awaitable yield() noexcept { return {}; }

/// For plain code: yields the processor to another runnable thread. Runs no jobs, not even
/// foreground ones: such a job could wait for work suspended beneath it on this stack.
MICROPOOL_API void yield_now() noexcept;

/// Returns the number of this thread among its pool's workers; empty on every other thread.
MICROPOOL_API std::optional<std::size_t> this_thread_index() noexcept;

}  // namespace micropool
