// SPDX-License-Identifier: MIT OR Apache-2.0
// parallel_iterator: a chain of stages with its settings. Adaptors and consumers are added by
// family.
#pragma once

#include <micropool/iter/adaptor/filter.hpp>
#include <micropool/iter/adaptor/group.hpp>
#include <micropool/iter/adaptor/index.hpp>
#include <micropool/iter/adaptor/map.hpp>
#include <micropool/iter/adaptor/scan.hpp>
#include <micropool/iter/adaptor/splice.hpp>
#include <micropool/iter/adaptor/until.hpp>
#include <micropool/iter/consumer/collect.hpp>
#include <micropool/iter/consumer/compare.hpp>
#include <micropool/iter/consumer/extremes.hpp>
#include <micropool/iter/consumer/fold.hpp>
#include <micropool/iter/consumer/for_each.hpp>
#include <micropool/iter/consumer/order.hpp>
#include <micropool/iter/consumer/partition.hpp>
#include <micropool/iter/consumer/search.hpp>
#include <micropool/iter/consumer/summary.hpp>
#include <micropool/iter/consumer/try.hpp>
#include <micropool/iter/reduction.hpp>
#include <micropool/iter/used_up.hpp>
#include <micropool/detail/task/on_pool.hpp>
#include <micropool/sync_wait.hpp>

#include <stop_token>
#include <utility>

namespace micropool {

// A lazy chain: a source, adaptors, settings. Nothing runs before a consumer is called, which uses
// the chain up; so every member is called on an rvalue.
//
// Threads: any; what the chain calls is called by all threads that take part, at the same time.
// Lifetime: sources hold lvalue ranges by reference, and rvalue containers by value.
// Errors: of what the chain calls, the exception of the lowest index, as in a serial run; items
// with a higher index may have been left out. pool_stopped. operation_stopped, see stop_on(). Cost:
// adaptors are values inside each other: no allocation, no virtual call. A consumer costs some
// hundred nanoseconds, and some twenty for each piece that a participant takes.
template <stage Stage, bool Async = false>
class [[nodiscard("a parallel iterator does nothing until a consumer is called")]] parallel_iterator
    : public detail::filter_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::group_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::index_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::map_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::scan_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::splice_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::until_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::collect_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::compare_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::extremes_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::fold_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::for_each_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::order_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::partition_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::search_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::summary_consumers<parallel_iterator<Stage, Async>, Stage>,
      public detail::try_consumers<parallel_iterator<Stage, Async>, Stage> {
public:
  using stage_type = Stage;
  using item_type = item_t<Stage>;
  using value_type = value_t<Stage>;
  static constexpr bool is_async = Async;

  explicit parallel_iterator(Stage s, detail::loop_settings how = {})
      : stage_(std::move(s)), settings_(std::move(how)) {}

  MICROPOOL_RVALUES_ONLY(with, stop_on, background, async)

  // How the positions are cut into chunks; split_auto() by default.
  parallel_iterator with(split s) && {
    settings_.pieces = s;
    return std::move(*this);
  }
  // Once a stop is requested, no further piece begins; if that has left out anything, the consumer
  // throws operation_stopped.
  parallel_iterator stop_on(std::stop_token t) && {
    settings_.stop = std::move(t);
    return std::move(*this);
  }
  // Other threads take part in the background tier only: they leave between two pieces where
  // foreground work waits. Who calls the consumer works on it in any case.
  parallel_iterator background() && {
    settings_.background = true;
    return std::move(*this);
  }
  // Makes every consumer return a task instead of blocking.
  auto async() && {
    return parallel_iterator<Stage, true>(std::move(stage_), std::move(settings_));
  }

  // For the library: puts an adaptor around the stage.
  template <class Adaptor, class... Args>
  auto adapted(Args&&... args) && {
    return parallel_iterator<Adaptor, Async>(
        Adaptor(std::move(stage_), std::forward<Args>(args)...), std::move(settings_));
  }
  // For the library: the end of the chain.
  template <class Consumer>
  auto consumed(Consumer c) && {
    return std::move(*this).run(detail::consume(std::move(stage_), std::move(c), settings_));
  }
  // For the library: runs a task on the chain's pool; blocks unless it is async.
  template <class T>
  auto run(task<T> t) && {
    detail::pool_state* const pool = settings_.pieces.pool();
    if constexpr (!Async) {
      return detail::run_task(std::move(t), pool);
    } else {
      return pool == nullptr ? std::move(t) : detail::on_pool(*pool, std::move(t));
    }
  }
  Stage&& stage() && noexcept { return std::move(stage_); }
  const detail::loop_settings& settings() const noexcept { return settings_; }

private:
  Stage stage_;
  detail::loop_settings settings_;
};

}  // namespace micropool
