// SPDX-License-Identifier: MIT OR Apache-2.0
// A oneTBB arena of exactly `participants` threads, one of them the caller.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <cstddef>
#include <new>

namespace bench {

class tbb_host {
public:
  static constexpr bool parallel = true;

  explicit tbb_host(int participants)
      : handle_(oneapi::tbb::attach{}),
        limit_(oneapi::tbb::global_control::max_allowed_parallelism,
               static_cast<std::size_t>(participants)),
        arena(participants, 1) {}

  tbb_host(const tbb_host&) = delete;
  tbb_host& operator=(const tbb_host&) = delete;

  // Stops the workers, so that their spinning does not disturb the engine measured next.
  ~tbb_host() {
    arena.terminate();
    oneapi::tbb::finalize(handle_, std::nothrow);
  }

private:
  oneapi::tbb::task_scheduler_handle handle_;
  oneapi::tbb::global_control limit_;

public:
  oneapi::tbb::task_arena arena;
};

}  // namespace bench
