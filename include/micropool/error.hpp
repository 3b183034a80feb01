// SPDX-License-Identifier: MIT OR Apache-2.0
// The exceptions that the library itself throws. Bad options are std::invalid_argument.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <stdexcept>

namespace micropool {

// A call on a pool that has shut down.
class MICROPOOL_API pool_stopped : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~pool_stopped() override;
};

// init_global_pool() came after the global pool had been started.
class MICROPOOL_API pool_already_started : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~pool_already_started() override;
};

// A task or handle that holds nothing (moved from, awaited or joined before) was awaited or joined.
class MICROPOOL_API empty_handle : public std::logic_error {
public:
  using std::logic_error::logic_error;
  ~empty_handle() override;
};

// A background task was joined or awaited that had been cancelled before it started.
class MICROPOOL_API task_cancelled : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~task_cancelled() override;
};

// A parallel iterator was stopped through its stop token before it had looked at every item.
class MICROPOOL_API operation_stopped : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~operation_stopped() override;
};

}  // namespace micropool
