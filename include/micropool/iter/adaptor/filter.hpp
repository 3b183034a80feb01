// SPDX-License-Identifier: MIT OR Apache-2.0
// filter, filter_map: at most one item for each item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/flat_map.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/optional_like.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that maps an item to an item or to none.
template <class F, class Item>
concept partial_item_mapping =
    item_callable<F, Item> && optional_like<detail::item_result_t<F, Item>>;

namespace detail {

template <stage Base, class Predicate>
class filtered : public adaptor_of<Base> {
public:
  using item_type = item_t<Base>;

  filtered(Base&& b, Predicate p) : adaptor_of<Base>(std::move(b)), predicate_(std::move(p)) {}

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      return !call_with(predicate_, std::as_const(item)) ||
             sink(std::forward<decltype(item)>(item));
    });
  }

private:
  Predicate predicate_;
};

template <stage Base, class F>
class filter_mapped : public adaptor_of<Base> {
  using result = item_result_t<F, item_t<Base>>;

public:
  using item_type = content_t<result>;

  filter_mapped(Base&& b, F f) : adaptor_of<Base>(std::move(b)), f_(std::move(f)) {}

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      auto&& r = call_with(f_, std::forward<decltype(item)>(item));
      return !static_cast<bool>(r) || sink(content_of(std::forward<result>(r)));
    });
  }

private:
  F f_;
};

template <class Self, class Stage>
class filter_adaptors : public flat_map_adaptors<Self, Stage> {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_INSTEAD(filter,
                    "filter(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(filter_map, "filter_map(f), where f(item) returns a std::optional")

  /// Yields the items for which the predicate holds; the predicate takes them as const.
  ///
  /// ```cpp
  /// const auto has_two = [](const std::string& l) { return l.size() == 2; };
  /// check(mp::par_iter(lines).filter(has_two).count() == 2);
  /// ```
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value_t<Stage>&>
  auto filter(Predicate&& p) && {
    return self().template adapted<filtered<Stage, std::decay_t<Predicate>>>(
        std::forward<Predicate>(p));
  }

  /// Yields the content of f(item), if there is one: f returns a std::optional, an
  /// mp::optional_ref, a pointer, or another type that converts to bool and has operator*. Items
  /// are references where f returns a pointer, an optional_ref or an lvalue. Smart pointers yield
  /// values: moved out of the only owner, copied from a shared one.
  template <class F>
    requires partial_item_mapping<std::decay_t<F>, item_t<Stage>>
  auto filter_map(F&& f) && {
    return self().template adapted<filter_mapped<Stage, std::decay_t<F>>>(std::forward<F>(f));
  }
};

}  // namespace detail
}  // namespace micropool
