// SPDX-License-Identifier: MIT OR Apache-2.0
// parallel_iterator: a lazy chain of stages with its settings. Each base class adds one family of
// adaptors or consumers.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/adaptor/chain.hpp>
#include <micropool/iter/adaptor/filter.hpp>
#include <micropool/iter/adaptor/group.hpp>
#include <micropool/iter/adaptor/index.hpp>
#include <micropool/iter/adaptor/map.hpp>
#include <micropool/iter/adaptor/scan.hpp>
#include <micropool/iter/adaptor/slice.hpp>
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
#include <micropool/sync_wait.hpp>

#include <stop_token>
#include <utility>

namespace micropool {

/// A lazy chain: a source, adaptors and settings. Building it describes the loop, calling a
/// consumer runs it. Every adaptor, setting and consumer consumes the chain, so it is called on an
/// rvalue.
///
/// Threads: any thread may run a chain. The threads that take part in its loop call the chain's
/// callables concurrently.
/// Lifetime: a source refers to an lvalue range and owns an rvalue container.
/// Errors: a consumer rethrows the exception of the lowest index, as a serial run would; items with
/// a higher index may have been left out. Throws pool_stopped, and operation_stopped (see
/// stop_on()).
/// Cost: adaptors are nested values, so an item costs no allocation and no virtual call. A consumer
/// costs some hundred nanoseconds, plus some twenty each time a participant takes chunks.
template <stage Stage, bool Async = false>
class [[nodiscard("a parallel iterator does nothing until a consumer is called")]] parallel_iterator
    : public detail::chain_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::filter_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::group_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::index_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::map_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::scan_adaptors<parallel_iterator<Stage, Async>, Stage>,
      public detail::slice_adaptors<parallel_iterator<Stage, Async>, Stage>,
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
  using stage_type = Stage;                ///< the source with its adaptors
  using item_type = item_t<Stage>;         ///< what the chain yields; may be a reference
  using value_type = value_t<Stage>;       ///< the same as a value
  static constexpr bool is_async = Async;  ///< whether consumers return tasks

  /// Makes a chain of a user-defined stage, as par_iter() does.
  explicit parallel_iterator(Stage s, detail::loop_settings how = {})
      : chain_{std::move(s), std::move(how)} {}

  /// Sets how positions are partitioned into chunks; split_auto() is the default.
  parallel_iterator with(split s) && {
    chain_.settings.pieces = s;
    return std::move(*this);
  }
  /// Stops the loop early: once a stop is requested, no further chunk begins. If that leaves out
  /// any items, the consumer throws operation_stopped.
  parallel_iterator stop_on(std::stop_token t) && {
    chain_.settings.stop = std::move(t);
    return std::move(*this);
  }
  /// Runs helpers in the background tier: between two chunks they yield to waiting foreground work.
  /// The caller of the consumer takes part in either tier.
  parallel_iterator background() && {
    chain_.settings.background = true;
    return std::move(*this);
  }
  /// Makes every consumer return a task instead of blocking.
  auto async() && {
    return parallel_iterator<Stage, true>(std::move(chain_.stage), std::move(chain_.settings));
  }

  MICROPOOL_INSTEAD(with, "with(split), for example with(micropool::split_per(64))")
  MICROPOOL_INSTEAD(stop_on, "stop_on(token), where token is a std::stop_token")
  MICROPOOL_INSTEAD(background, "background()")
  MICROPOOL_INSTEAD(async, "async()")

  // For the library.
  detail::open_chain<Stage, Async>& opened(detail::passkey) noexcept { return chain_; }

private:
  detail::open_chain<Stage, Async> chain_;
};

}  // namespace micropool
