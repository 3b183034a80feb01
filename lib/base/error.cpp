// SPDX-License-Identifier: MIT OR Apache-2.0
// Key functions of the exception classes, so that their type information exists once; and the
// texts of empty_handle.
#include <micropool/error.hpp>

#include <string>

namespace micropool {

pool_stopped::~pool_stopped() = default;
pool_already_started::~pool_already_started() = default;
empty_handle::~empty_handle() = default;
task_cancelled::~task_cancelled() = default;
operation_stopped::~operation_stopped() = default;
operation_abandoned::~operation_abandoned() = default;

namespace detail {

void throw_empty_task(const char* call, std::string_view result) {
  throw empty_handle(std::string(call) + ": the task<" + std::string(result) +
                     "> that it was given holds no coroutine (default-constructed, moved from, or "
                     "awaited, joined, forked or spawned before); each task can be used once: call "
                     "the coroutine again for another one");
}

void throw_empty_handle(const char* handle, const char* call) {
  throw empty_handle(std::string(handle) + "::" + call +
                     ": the handle holds no task (default-constructed, moved from, joined or "
                     "cancelled); use the handle that the task was moved to, and use none after "
                     "join() or cancel()");
}

void throw_awaited_handle_empty(const char* handle) {
  throw empty_handle("micropool: co_await or await of an empty " + std::string(handle) +
                     " (default-constructed, moved from, joined or cancelled); use the handle that "
                     "the task was moved to, and use none after join() or cancel()");
}

void throw_awaited_twice(const char* made_by) {
  throw empty_handle("micropool: co_await or await of what " + std::string(made_by) +
                     " has returned, which was awaited before or moved from; each can be awaited "
                     "once: call " + made_by + " again");
}

}  // namespace detail

}  // namespace micropool
