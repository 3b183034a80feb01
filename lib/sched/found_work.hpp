// SPDX-License-Identifier: MIT OR Apache-2.0
// A job that a participant has taken, and where it came from.
#pragma once

#include "work_origin.hpp"

#include <micropool/detail/base/float_environment.hpp>
#include <micropool/detail/sched/root.hpp>
#include <micropool/detail/work/job.hpp>

namespace micropool::detail {

struct pool_state;

struct found_work {
  job* work = nullptr;
  work_origin origin;
  const root* belongs_to = nullptr;
  float_environment environment{};  // in which it runs
  pool_state* pool = nullptr;
  bool holds_place = false;  // one of the places of background_limit
  explicit operator bool() const noexcept { return work != nullptr; }
};

}  // namespace micropool::detail
