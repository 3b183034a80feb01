// SPDX-License-Identifier: MIT OR Apache-2.0
// Which pool is current on this thread.
#pragma once

#include <micropool/detail/base/macros.hpp>

namespace micropool::detail {

struct participant;
struct pool_state;

// Makes a pool current for a stretch of code on this thread; nests.
class MICROPOOL_API pool_installation {
public:
  explicit pool_installation(pool_state& pool) noexcept;
  ~pool_installation();
  pool_installation(const pool_installation&) = delete;
  pool_installation& operator=(const pool_installation&) = delete;

private:
  participant* participant_before_;
  pool_state* installed_before_;
};

// Throws pool_stopped if the pool has shut down.
MICROPOOL_API void require_running(const pool_state& pool);

}  // namespace micropool::detail
