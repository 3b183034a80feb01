// SPDX-License-Identifier: MIT OR Apache-2.0
// take_while_any, map_while_any: until an item says that it is enough, whichever comes first in
// time. As in rayon, an end by position is not meant: that would need the items in front of it
// first.
#pragma once

#include <micropool/iter/adaptor/filter.hpp>
#include <micropool/iter/optional_like.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/used_up.hpp>

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Moved with its stage, before the loop begins.
class end_mark {
public:
  end_mark() noexcept = default;
  end_mark(end_mark&& other) noexcept : set_(other.is_set()) {}
  end_mark& operator=(end_mark&&) = delete;

  // Relaxed: it publishes nothing, and an item that is still taken does no harm.
  bool is_set() const noexcept { return set_.load(std::memory_order_relaxed); }
  void set() noexcept { set_.store(true, std::memory_order_relaxed); }

private:
  std::atomic<bool> set_{false};  // true: some item was enough
};

// Passes items on until the mark is set.
template <stage Base>
class marked : public adaptor_of<Base> {
public:
  using adaptor_of<Base>::adaptor_of;

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  bool has_ended() const {
    if constexpr (ending_stage<Base>) {
      if (this->base_.has_ended()) return true;
    }
    return mark_.is_set();
  }

protected:
  // pass(item, go_on) passes on what becomes of the item, and notes in go_on what the sink said, or
  // it sets the mark; it returns whether to feed more. The result is what the sink said: a set mark
  // is not the sink's wish to stop, and another stage may have items behind.
  template <class Pass>
  bool feed_until(local_t<Base>& local, std::size_t first, std::size_t last, Pass&& pass) {
    bool go_on = true;
    if (mark_.is_set()) return go_on;
    detail::feed(this->base_, local, first, last, [&](auto&& item) {
      if (mark_.is_set()) return false;
      return pass(std::forward<decltype(item)>(item), go_on);
    });
    return go_on;
  }

  end_mark mark_;
};

template <stage Base, class Predicate>
class taken_while : public marked<Base> {
public:
  using item_type = item_t<Base>;

  taken_while(Base&& b, Predicate p) : marked<Base>(std::move(b)), predicate_(std::move(p)) {}

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return this->feed_until(local, first, last, [&](auto&& item, bool& go_on) {
      if (!call_with(predicate_, std::as_const(item))) {
        this->mark_.set();
        return false;
      }
      return go_on = sink(std::forward<decltype(item)>(item));
    });
  }

private:
  Predicate predicate_;
};

template <stage Base, class F>
class mapped_while : public marked<Base> {
  using result = item_result_t<F, item_t<Base>>;

public:
  using item_type = content_t<result>;

  mapped_while(Base&& b, F f) : marked<Base>(std::move(b)), f_(std::move(f)) {}

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return this->feed_until(local, first, last, [&](auto&& item, bool& go_on) {
      auto&& r = call_with(f_, std::forward<decltype(item)>(item));
      if (!static_cast<bool>(r)) {
        this->mark_.set();
        return false;
      }
      return go_on = sink(content_of(std::forward<result>(r)));
    });
  }

private:
  F f_;
};

template <class Self, class Stage>
class until_adaptors {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_RVALUES_ONLY(take_while_any, map_while_any)

  // Items until the predicate is false for one of them, on whatever thread. From then on no item is
  // looked at, wherever it is; items that were taken before may be in front of that one or behind
  // it, and some in front of it may be missing. In one piece: those in front of it.
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value_t<Stage>&>
  auto take_while_any(Predicate&& p) && {
    return self().template adapted<taken_while<Stage, std::decay_t<Predicate>>>(
        std::forward<Predicate>(p));
  }

  // What f(item) returns (as for filter_map), until it returns nothing for one of them; ends as
  // take_while_any does.
  template <class F>
    requires partial_item_mapping<std::decay_t<F>, item_t<Stage>>
  auto map_while_any(F&& f) && {
    return self().template adapted<mapped_while<Stage, std::decay_t<F>>>(std::forward<F>(f));
  }
};

}  // namespace micropool::detail
