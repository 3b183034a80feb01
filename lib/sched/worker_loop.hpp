// SPDX-License-Identifier: MIT OR Apache-2.0
// The loop of a worker: search, run, search again; sleep after a while without work.
#pragma once

namespace micropool::detail {

struct participant_state;

// Runs until the pool ends. `searching`: the worker counts as searching already, because a waker
// has made its thread anew.
void worker_loop(participant_state& self, bool searching) noexcept;

}  // namespace micropool::detail
