// SPDX-License-Identifier: MIT OR Apache-2.0
// map, inspect, update, cloned, copied: one item for each item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/map_init.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that maps an item to an item.
template <class F, class Item>
concept item_mapping =
    item_callable<F, Item> && (!std::is_void_v<detail::item_result_t<F, Item>>);

/// Items that can be copied.
template <class Item>
concept copyable_item = std::constructible_from<std::remove_cvref_t<Item>, Item>;

namespace detail {

template <stage Base, class F>
class mapped : public adaptor_of<Base> {
public:
  // storable_t turns an rvalue reference into a value: what f returns may refer to an item that
  // ends with fetch().
  using item_type = storable_t<item_result_t<F, item_t<Base>>>;
  static constexpr bool is_repeatable = false;

  mapped(Base&& b, F f) : adaptor_of<Base>(std::move(b)), f_(std::move(f)) {}

  std::size_t size() const
    requires indexed_stage<Base>
  {
    return this->base_.size();
  }
  item_type fetch(std::size_t i)
    requires indexed_stage<Base>
  {
    return call_with(f_, this->base_.fetch(i));
  }

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      return sink(call_with(f_, std::forward<decltype(item)>(item)));
    });
  }

private:
  F f_;
};

// Calls f with the item as const, and passes the item on.
template <class F>
struct look_and_pass_on {
  template <class Item>
    requires item_callable<F, const std::remove_cvref_t<Item>&>
  Item operator()(Item&& item) {
    static_cast<void>(call_with(f, std::as_const(item)));
    return std::forward<Item>(item);
  }
  F f;
};

// Calls f with the item, which f may change, and passes the item on.
template <class F>
struct change_and_pass_on {
  template <class Item>
    requires item_callable<F, std::remove_reference_t<Item>&>
  Item operator()(Item&& item) {
    static_cast<void>(call_with(f, item));
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

template <class Self, class Stage>
class map_adaptors : public map_init_adaptors<Self, Stage> {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;

public:
  MICROPOOL_INSTEAD(map, "map(f), where f(item) returns a value")
  MICROPOOL_INSTEAD(inspect, "inspect(f), where f(item) takes the item as const")
  MICROPOOL_INSTEAD(update,
                    "update(f), where f(item) takes a reference to an item that is not const")
  MICROPOOL_INSTEAD(cloned, "cloned(), where items can be copied")
  MICROPOOL_INSTEAD(copied, "copied(), where items are trivially copyable; else cloned()")

  /// Yields f(item) for each item.
  ///
  /// ```cpp
  /// auto sizes = mp::par_iter(words).map(&std::string::size).collect<std::vector>();
  /// ```
  ///
  /// Threads: in this and all other adaptors, the threads that take part call one f concurrently. A
  /// mutable lambda is accepted; what it changes must be safe to change by several threads.
  template <class F>
    requires item_mapping<std::decay_t<F>, item>
  auto map(F&& f) && {
    return self().template adapted<mapped<Stage, std::decay_t<F>>>(std::forward<F>(f));
  }

  /// Yields the items themselves, after it has called f(item) for each; f takes them as const.
  template <class F>
    requires item_callable<std::decay_t<F>, const value_t<Stage>&>
  auto inspect(F&& f) && {
    using look = look_and_pass_on<std::decay_t<F>>;
    return self().template adapted<mapped<Stage, look>>(look{std::forward<F>(f)});
  }

  /// Yields the items themselves, after it has called f(item&) for each, which may change them: the
  /// elements of a range that is an lvalue, or else the values that pass through the chain.
  template <class F>
    requires item_callable<std::decay_t<F>, std::remove_reference_t<item>&>
  auto update(F&& f) && {
    using change = change_and_pass_on<std::decay_t<F>>;
    return self().template adapted<mapped<Stage, change>>(change{std::forward<F>(f)});
  }

  /// Yields a copy of each item. Items that are values already are moved.
  auto cloned() &&
    requires copyable_item<item>
  {
    return self().template adapted<copied_items<Stage>>();
  }

  /// The same for trivially copyable items.
  auto copied() &&
    requires(copyable_item<item> && std::is_trivially_copyable_v<value_t<Stage>>)
  {
    return self().template adapted<copied_items<Stage>>();
  }
};

}  // namespace detail
}  // namespace micropool
