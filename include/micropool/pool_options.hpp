// SPDX-License-Identifier: MIT OR Apache-2.0
// pool_options: what a pool is made with.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

namespace micropool {

/// Which core each worker is bound to.
enum class pinning {
  none,          ///< the kernel decides
  /// One core per worker; that of the thread that makes the pool is used last. If there are more
  /// workers than cores, they share cores; if the system refuses, the kernel decides.
  if_supported,
  always  ///< one core per worker; throws std::invalid_argument if that is impossible
};

/// How much freed memory of coroutine frames and scope children is kept for reuse.
struct frame_cache_options {
  /// The most bytes that a worker keeps of any one block size; a program uses few sizes.
  std::size_t per_thread = std::size_t{256} << 10;
  /// The most bytes that all threads of the process share. The most recent pool with workers sets
  /// the limit.
  std::size_t shared = std::size_t{64} << 20;
};

/// Stacks for stackful tasks, and for blocked calls, which continue on such a stack if their
/// thread's own is used up or its bounds are unknown; the latter have at least 1 MiB.
struct stack_options {
  /// Bytes per stack. Only the pages that a task touches take memory. A task that needs more than
  /// this terminates the program with a message.
  std::size_t size = std::size_t{256} << 10;
  /// How many unused stacks a worker keeps.
  std::size_t per_thread = 16;
  /// How many unused stacks all threads of the process share; most of the memory that they have
  /// touched is returned to the system. The most recent pool with workers sets the limit.
  std::size_t shared = 1024;
  /// Whether code that overflows such a stack is reported by name, for which the library handles
  /// SIGSEGV and SIGBUS from the first stackful task on. False, in any pool, keeps it from
  /// installing the handlers in this process if it has not done so yet.
  bool report_overflow = true;
};

/// The source of an exception that nothing can catch: a background task or a hook.
struct exception_origin {
  /// Where the task that has thrown was spawned. Line 0 if a hook has thrown.
  std::source_location spawned_at{};
  /// The member of pool_options that has thrown. Empty if a task has.
  std::string_view hook{};
  /// The index of the worker whose hook has thrown; 0 if a task has.
  std::size_t worker = 0;

  /// A description for logs, for example "the task spawned at main.cpp:12".
  MICROPOOL_API std::string text() const;
};

/// A callable f(std::exception_ptr), or f(std::exception_ptr, const exception_origin&).
class exception_handler {
  template <class F>
  static constexpr bool wants_origin =
      std::is_invocable_v<F&, std::exception_ptr, const exception_origin&>;

public:
  /// Makes an empty handler.
  exception_handler(std::nullptr_t = nullptr) noexcept {}
  /// Keeps the callable. An empty std::function or a null pointer makes an empty handler.
  template <class F, class Held = std::decay_t<F>>
    requires(!std::is_same_v<Held, exception_handler> &&
             (wants_origin<Held> || std::is_invocable_v<Held&, std::exception_ptr>))
  exception_handler(F&& f) {
    if constexpr (wants_origin<Held>) {
      call_ = std::forward<F>(f);
    } else {
      // An empty std::function or a null pointer makes an empty handler.
      if constexpr (requires { f == nullptr; }) {
        if (f == nullptr) return;
      }
      call_ = [held = Held(std::forward<F>(f))](std::exception_ptr e,
                                                const exception_origin&) mutable {
        held(std::move(e));
      };
    }
  }

  /// Returns false if there is no callable.
  explicit operator bool() const noexcept { return static_cast<bool>(call_); }
  /// Returns true if there is no callable.
  friend bool operator==(const exception_handler& h, std::nullptr_t) noexcept { return !h; }
  /// Calls the callable, which must be there.
  void operator()(std::exception_ptr e, const exception_origin& from = {}) const {
    call_(std::move(e), from);
  }

private:
  std::function<void(std::exception_ptr, const exception_origin&)> call_;
};

/// What a pool is made with. Every member has a default that suits most programs.
///
/// Errors: the constructor of thread_pool checks the values, and names the member that is wrong.
struct pool_options {
  /// The number of workers; callers come on top. Default: the number of usable cores - 1, at least
  /// 1; the affinity mask and the cgroup's quota limit the usable cores. The environment variable
  /// MICROPOOL_NUM_THREADS overrides the default, but not a value given here. 0 is valid: then
  /// callers run everything.
  std::optional<std::size_t> num_threads{};
  /// How long an idle worker or blocked caller spins before it sleeps in the kernel.
  std::chrono::nanoseconds idle_spin = std::chrono::microseconds{100};
  /// Threads are named thread_name-0, thread_name-1 ...; the kernel keeps 15 characters.
  std::string thread_name = "micropool";
  /// Called on each worker, with its index, before its first job.
  std::function<void(std::size_t)> on_thread_start{};
  /// As on_thread_start, after the last job.
  std::function<void(std::size_t)> on_thread_exit{};
  /// Starts the thread of a worker: must return a joinable thread that runs the body once. Called
  /// with asynchronous signals blocked; the thread inherits that mask.
  std::function<std::thread(std::size_t, std::function<void()>)> spawn_handler{};
  /// How many workers may run background work at the same time. Default: all.
  std::optional<std::size_t> background_limit{};
  /// Which core each worker is bound to.
  micropool::pinning pinning = micropool::pinning::none;
  /// Called with an exception that nothing else can observe: one of a hook, or of a task whose
  /// handles are gone. An optional second parameter receives its origin. Must not throw.
  /// Default: a message on stderr, then std::terminate; for operation_abandoned only the message.
  exception_handler on_unhandled_exception{};
  /// ~thread_pool and shutdown() print one line on stderr once they have waited for this long: how
  /// many calls have not returned, how many tasks have not ended, and where these were spawned.
  /// 0 means never; a negative value is rejected.
  std::chrono::nanoseconds shutdown_notice = std::chrono::seconds{5};
  /// How much freed memory of coroutine frames is kept.
  frame_cache_options frame_cache{};
  /// The stacks of stackful tasks.
  stack_options stacks{};
};

}  // namespace micropool
