// SPDX-License-Identifier: MIT OR Apache-2.0
// How a pool is made.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace micropool {

// Which core each worker is bound to.
enum class pinning {
  none,          // the kernel decides
  if_supported,  // one core per worker, never the caller's where there are enough; else none
  always         // the same, and an error where it cannot be done
};

// Memory of coroutine frames and scope children that is kept for reuse.
struct frame_cache_options {
  // Bytes that a worker keeps of any one block size at the most; a program uses few sizes.
  std::size_t per_thread = std::size_t{256} << 10;
  // Bytes that are kept for all threads of the process; the last pool made decides.
  std::size_t shared = std::size_t{64} << 20;
};

// Stacks of stackful tasks.
struct stack_options {
  // Bytes of each. Only what a task touches takes memory, and a task that needs more ends the
  // program with a message.
  std::size_t size = std::size_t{256} << 10;
  // How many unused ones a worker keeps.
  std::size_t per_thread = 16;
  // How many are kept for all threads of the process, without most of the memory that they have
  // touched; the last pool made decides.
  std::size_t shared = 1024;
};

struct pool_options {
  // Workers; callers come on top. Default: usable cores - 1, at least 1, where the affinity mask
  // and the cgroup's quota decide what is usable; the environment variable MICROPOOL_NUM_THREADS
  // overrides the default, not a value given here. 0 is legal: callers do everything.
  std::optional<std::size_t> num_threads{};
  // How long an idle worker or blocked caller spins before it sleeps in the kernel.
  std::chrono::nanoseconds idle_spin = std::chrono::microseconds{100};
  // Threads are named thread_name-0, thread_name-1 ...; the kernel keeps 15 characters.
  std::string thread_name = "micropool";
  // Run on each worker, with its index, before its first and after its last job.
  std::function<void(std::size_t)> on_thread_start{};
  std::function<void(std::size_t)> on_thread_exit{};
  // Starts the thread of a worker: must return a joinable thread that runs the body once.
  std::function<std::thread(std::size_t, std::function<void()>)> spawn_handler{};
  // How many workers may run background work at the same time. Default: all.
  std::optional<std::size_t> background_limit{};
  micropool::pinning pinning = micropool::pinning::none;
  // Gets an exception that nobody else can observe: of a hook that throws, for example.
  // Default: a message on stderr, then std::terminate.
  std::function<void(std::exception_ptr)> on_unhandled_exception{};
  frame_cache_options frame_cache{};
  stack_options stacks{};
};

}  // namespace micropool
