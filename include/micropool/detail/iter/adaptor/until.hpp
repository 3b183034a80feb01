// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of take_while_any() and map_while_any().
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/optional_like.hpp>

#include <atomic>
#include <cstddef>
#include <utility>

namespace micropool::detail {

// The mark that an item sets when it ends the loop. Moved with its stage, before the loop begins.
class end_mark {
public:
  end_mark() noexcept = default;
  end_mark(end_mark&& other) noexcept : set_(other.is_set()) {}
  end_mark& operator=(end_mark&&) = delete;

  // Relaxed: the mark publishes no other memory, and an item that is still passed on does no harm.
  bool is_set() const noexcept { return set_.load(std::memory_order_relaxed); }
  void set() noexcept { set_.store(true, std::memory_order_relaxed); }

private:
  std::atomic<bool> set_{false};  // true: an item has ended the loop
};

// Passes items on until the mark is set.
template <stage Base, class F>
class marked : public calling_adaptor<Base, F> {
public:
  using calling_adaptor<Base, F>::calling_adaptor;

  bool has_ended() const {
    if constexpr (ending_stage<Base>) {
      if (this->base_.has_ended()) return true;
    }
    return mark_.is_set();
  }

protected:
  // pass(item, go_on) passes the item on and notes in go_on what the sink returned, or sets the
  // mark; it returns whether to feed more. feed_until() returns what the sink returned: a set mark
  // does not mean that the sink has asked to stop, and another stage may still have items for it.
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
class taken_while : public marked<Base, Predicate> {
public:
  using item_type = item_t<Base>;

  using marked<Base, Predicate>::marked;

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return this->feed_until(local, first, last, [&](auto&& item, bool& go_on) {
      if (!call_with(this->f_, std::as_const(item))) {
        this->mark_.set();
        return false;
      }
      return go_on = sink(std::forward<decltype(item)>(item));
    });
  }
};

template <stage Base, class F>
class mapped_while : public marked<Base, F> {
  using result = item_result_t<F, item_t<Base>>;

public:
  using item_type = content_t<result>;

  using marked<Base, F>::marked;

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return this->feed_until(local, first, last, [&](auto&& item, bool& go_on) {
      auto&& r = call_with(this->f_, std::forward<decltype(item)>(item));
      if (!static_cast<bool>(r)) {
        this->mark_.set();
        return false;
      }
      return go_on = sink(content_of(std::forward<result>(r)));
    });
  }
};

}  // namespace micropool::detail
