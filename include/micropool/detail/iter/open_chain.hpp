// SPDX-License-Identifier: MIT OR Apache-2.0
// open_chain: the stage and the settings of a parallel_iterator, for the families of adaptors and
// consumers, which are its bases.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/task/on_pool.hpp>
#include <micropool/detail/task/run_task.hpp>
#include <micropool/iter/concepts.hpp>

#include <utility>

namespace micropool {
template <stage Stage, bool Async>
class parallel_iterator;
}

namespace micropool::detail {

template <class Stage, bool Async>
struct open_chain {
  // Wraps the stage in an adaptor.
  template <class Adaptor, class... Args>
  auto adapted(Args&&... args) && {
    return parallel_iterator<Adaptor, Async>(
        Adaptor(std::move(stage), std::forward<Args>(args)...), std::move(settings));
  }
  // Runs the chain with a consumer at its end.
  template <class Consumer>
  auto consumed(Consumer c) && {
    return std::move(*this).run(consume(std::move(stage), std::move(c), settings));
  }
  // Runs a task on the chain's pool. Blocks unless the chain is async.
  template <class T>
  auto run(task<T> t) && {
    pool_state* const pool = settings.pieces.pool();
    if constexpr (!Async) {
      return run_task(std::move(t), pool, true);
    } else {
      return pool == nullptr ? std::move(t) : on_pool(*pool, std::move(t));
    }
  }

  Stage stage;
  loop_settings settings;
};

// Opens the chain of which `family` is a base.
template <class Self, class Family>
auto&& opened(Family& family) noexcept {
  return std::move(static_cast<Self&>(family).opened(passkey()));
}

}  // namespace micropool::detail
