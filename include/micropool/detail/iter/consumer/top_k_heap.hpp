// SPDX-License-Identifier: MIT OR Apache-2.0
// top_k_heap: the k greatest of the values that are offered, in index order. What top_k folds into.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/iter/algorithm/heap.hpp>
#include <micropool/detail/iter/rebindable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace micropool::detail {

// A heap with the worst of the kept values on top. A value that was offered before an equal one is
// better, so the order of the heap is total, and the result does not depend on how the loop was
// split.
template <class T>
class top_k_heap {
  struct entry {
    std::uint64_t number;  // of the offer, in order
    rebindable<T> value;
  };

public:
  template <class Item, class Less>
  void offer(Item&& item, std::size_t k, Less& less) {
    const std::uint64_t number = offered_++;
    // Most items end here. An item that equals the worst value comes after it.
    if (heap_.size() == k &&
        (k == 0 || !std::invoke(less, get_value(heap_.front().value), std::as_const(item)))) {
      return;
    }
    replace_worst(number, T(std::forward<Item>(item)), k, less);
  }

  // Offers the values of the right-hand neighbour, which all come after the values of this one.
  template <class Less>
  void offer_all(top_k_heap&& right, std::size_t k, Less& less) {
    const auto is_better = better(less);
    for (entry& e : right.heap_) {
      e.number += offered_;
      if (heap_.size() == k && is_better(heap_.front(), e)) continue;
      replace_worst(e.number, std::move(get_value(e.value)), k, less);
    }
    offered_ += right.offered_;
  }

  template <class Less>
  std::vector<T> in_order(Less& less) && {
    auto is_better = better(less);
    detail::sort_heap(heap_.begin(), heap_.end(), is_better);
    std::vector<T> values;
    values.reserve(heap_.size());
    for (entry& e : heap_) values.push_back(std::move(get_value(e.value)));
    return values;
  }

private:
  template <class Less>
  static auto better(Less& less) noexcept {
    return [&less](const entry& a, const entry& b) {
      if (std::invoke(less, get_value(b.value), get_value(a.value))) return true;
      return !std::invoke(less, get_value(a.value), get_value(b.value)) && a.number < b.number;
    };
  }

  // Not inlined, so that the loop over items that are not among the best stays short.
  template <class Less>
  MICROPOOL_NOINLINE void replace_worst(std::uint64_t number, T&& value, std::size_t k,
                                        Less& less) {
    auto is_better = better(less);
    if (heap_.size() == k) {
      heap_.front() = {number, std::move(value)};
      sift_down(heap_.begin(), 0, static_cast<std::ptrdiff_t>(k), is_better);
    } else {
      heap_.push_back({number, std::move(value)});
      sift_up(heap_.begin(), static_cast<std::ptrdiff_t>(heap_.size() - 1), is_better);
    }
  }

  std::uint64_t offered_ = 0;
  std::vector<entry> heap_;
};

}  // namespace micropool::detail
