// SPDX-License-Identifier: MIT OR Apache-2.0
// The k greatest of the values that are offered, in index order: what top_k folds into.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/iter/held_value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace micropool::detail {

// A heap with the worst of the best on top. Of equal values the one that was offered first is
// better; so the order of the heap is total, and the result does not depend on how the loop was
// cut.
template <class T>
class best_of {
  struct entry {
    std::uint64_t number;  // in order of the offers
    held_value<T> value;
  };

public:
  template <class Item, class Less>
  void offer(Item&& item, std::size_t k, Less& less) {
    const std::uint64_t number = offered_++;
    // Most items end here. One that is equal to the worst is behind it.
    if (heap_.size() == k &&
        (k == 0 || !std::invoke(less, value_in(heap_.front().value), std::as_const(item)))) {
      return;
    }
    replace_worst(number, T(std::forward<Item>(item)), k, less);
  }

  // Those of the right-hand neighbour come behind all of this one.
  template <class Less>
  void offer_all(best_of&& right, std::size_t k, Less& less) {
    const auto is_better = better(less);
    for (entry& e : right.heap_) {
      e.number += offered_;
      if (heap_.size() == k && is_better(heap_.front(), e)) continue;
      replace_worst(e.number, std::move(value_in(e.value)), k, less);
    }
    offered_ += right.offered_;
  }

  template <class Less>
  std::vector<T> in_order(Less& less) && {
    std::sort_heap(heap_.begin(), heap_.end(), better(less));
    std::vector<T> values;
    values.reserve(heap_.size());
    for (entry& e : heap_) values.push_back(std::move(value_in(e.value)));
    return values;
  }

private:
  template <class Less>
  static auto better(Less& less) noexcept {
    return [&less](const entry& a, const entry& b) {
      if (std::invoke(less, value_in(b.value), value_in(a.value))) return true;
      return !std::invoke(less, value_in(a.value), value_in(b.value)) && a.number < b.number;
    };
  }

  // Not inlined, so that the loop of those that are not among the best stays short.
  template <class Less>
  MICROPOOL_NOINLINE void replace_worst(std::uint64_t number, T&& value, std::size_t k,
                                        Less& less) {
    if (heap_.size() == k) {
      std::pop_heap(heap_.begin(), heap_.end(), better(less));
      heap_.pop_back();
    }
    heap_.push_back({number, std::move(value)});
    std::push_heap(heap_.begin(), heap_.end(), better(less));
  }

  std::uint64_t offered_ = 0;
  std::vector<entry> heap_;
};

}  // namespace micropool::detail
