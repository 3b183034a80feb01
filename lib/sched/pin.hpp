// SPDX-License-Identifier: MIT OR Apache-2.0
// Binding workers to cores.
#pragma once

#include <cstddef>
#include <vector>

namespace micropool::detail {

// The core for each of `count` workers: different ones if there are enough, and then not the one
// that the calling thread runs on. Empty if the system does not report its cores.
std::vector<int> cores_for_workers(std::size_t count);

// Binds the calling thread. Returns false if the system refuses.
bool pin_this_thread(int core) noexcept;

}  // namespace micropool::detail
