// SPDX-License-Identifier: MIT OR Apache-2.0
// The exception types of the library. Invalid options are reported as std::invalid_argument.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <stdexcept>
#include <string_view>

namespace micropool {

/// Thrown by a call on a pool that has shut down. The text names the pool.
class MICROPOOL_API pool_stopped : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~pool_stopped() override;
};

/// Thrown by init_global_pool() if the global pool has already been started.
class MICROPOOL_API pool_already_started : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~pool_already_started() override;
};

/// Thrown by a call on a task, handle, join or scope that was moved from, awaited or joined before.
/// The text names the call.
class MICROPOOL_API empty_handle : public std::logic_error {
public:
  using std::logic_error::logic_error;
  ~empty_handle() override;
};

/// Thrown when a background task is joined or awaited that was cancelled before it started, or, in
/// a child of fork(), that a thread of the parent process had started. The text says where the task
/// was spawned.
class MICROPOOL_API task_cancelled : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~task_cancelled() override;
};

/// Thrown by a parallel iterator that was stopped through its stop token before it had visited
/// every item.
class MICROPOOL_API operation_stopped : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~operation_stopped() override;
};

/// Thrown by the co_await of a foreign awaitable that has destroyed the coroutine handle instead of
/// resuming it, on the thread that destroys it, before destroy() returns.
class MICROPOOL_API operation_abandoned : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~operation_abandoned() override;
};

namespace detail {

// These throw empty_handle, in this order: for a call given a task (of that result type) without a
// coroutine, for a member of a handle (of that class) without a task, for a co_await of such a
// handle, and for a second co_await of an awaitable.
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_empty_task(const char* call,
                                                                std::string_view result);
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_empty_handle(const char* handle,
                                                                  const char* call);
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_awaited_handle_empty(const char* handle);
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_awaited_twice(const char* made_by);

}  // namespace detail

}  // namespace micropool
