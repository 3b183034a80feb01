// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of map(), inspect(), update(), cloned() and copied().
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <stage Base, class F>
class mapped : public calling_adaptor<Base, F> {
public:
  // storable_t turns an rvalue reference into a value: what f returns may refer to an item that
  // ends with fetch().
  using item_type = storable_t<item_result_t<F, item_t<Base>>>;

  using calling_adaptor<Base, F>::calling_adaptor;

  std::size_t size() const
    requires indexed_stage<Base>
  {
    return this->base_.size();
  }
  item_type fetch(std::size_t i)
    requires indexed_stage<Base>
  {
    return call_with(this->f_, this->base_.fetch(i));
  }

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      return sink(call_with(this->f_, std::forward<decltype(item)>(item)));
    });
  }
};

// Calls f with the item, as const unless f may change it, and passes the item on.
template <class F, bool MayChange>
struct call_and_pass_on {
  template <class Item>
  using seen = std::conditional_t<MayChange, std::remove_reference_t<Item>,
                                  const std::remove_cvref_t<Item>>;

  template <class Item>
    requires item_callable<F, seen<Item>&>
  Item operator()(Item&& item) {
    static_cast<void>(call_with(f, static_cast<seen<Item>&>(item)));
    return std::forward<Item>(item);
  }
  F f;
};

struct copy_item {
  template <class Item>
  std::remove_cvref_t<Item> operator()(Item&& item) const {
    return std::forward<Item>(item);
  }
};

// Repeatable, because an item can be copied again.
template <stage Base>
class copied_items : public mapped<Base, copy_item> {
public:
  static constexpr bool is_repeatable = repeatable_stage<Base>;
  explicit copied_items(Base&& b) : mapped<Base, copy_item>(std::move(b), {}) {}
};

}  // namespace micropool::detail
