// SPDX-License-Identifier: MIT OR Apache-2.0
// One value for each thread that may take part in a call, so that none of them needs a lock.
#pragma once

#include <micropool/thread_pool.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace word_index {

/// Slot 0 belongs to the caller, slot i + 1 to worker i. That is enough for a pool that is used by
/// one outside thread at a time, as here; with several callers they would share slot 0.
template <class T>
class per_participant {
public:
  explicit per_participant(std::size_t workers) : slots_(workers + 1) {}

  /// The value of the thread that calls this. A coroutine may continue on another thread after
  /// every co_await: ask again behind each, and never keep the reference across one.
  T& mine() {
    const std::optional<std::size_t> worker = micropool::this_thread_index();
    return slots_[worker ? *worker + 1 : 0].value;
  }

  /// All values, once no thread works on them any more.
  std::vector<T> take() {
    std::vector<T> values;
    for (slot& each : slots_) values.push_back(std::move(each.value));
    return values;
  }

private:
  // Two threads that write to the same cache line slow each other down; 64 bytes is its size here,
  // 128 what the hardware fetches in pairs.
  struct alignas(128) slot {
    T value{};
  };
  std::vector<slot> slots_;
};

}  // namespace word_index
