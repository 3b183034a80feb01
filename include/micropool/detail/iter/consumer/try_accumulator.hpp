// SPDX-License-Identifier: MIT OR Apache-2.0
// What the try_ consumers fold into. A part is the value so far, or the failure that has ended it.
#pragma once

#include <micropool/detail/iter/consumer/block_list.hpp>
#include <micropool/detail/iter/consumer/fold.hpp>
#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/iter/try_traits.hpp>

#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class R>
concept yields_attempt =
    awaitable<R> && try_result_from_nothing<std::remove_cvref_t<await_result_t<R>>>;
template <class R>
inline constexpr bool attempt_or_awaitable =
    try_result_from_nothing<std::remove_cvref_t<R>> || yields_attempt<R>;

// Ends the loop at a result that has failed.
template <try_result_from_nothing R>
struct at_failure {
  static bool ends(const R& r) { return try_traits<R>::has_failed(r); }
  static R none() { return success_from_nothing<R>(); }
};

template <class R>
class try_accumulator {
  using output = try_output_t<R>;

public:
  explicit try_accumulator(output&& begin) : value_(std::move(begin)) {}

  output& value() noexcept { return get_value(value_); }
  bool has_failed() const noexcept { return failed_.has_item(); }
  // Returns false if the result is a failure.
  bool go_on_with(R&& r) {
    if (try_traits<R>::has_failed(r)) {
      failed_.keep(std::move(r));
      return false;
    }
    value_ = try_traits<R>::output_of(std::move(r));
    return true;
  }
  R result() && {
    if (failed_.has_item()) return std::move(failed_.get());
    return try_traits<R>::success(std::move(value()));
  }

private:
  rebindable<output> value_;
  maybe_item<R> failed_;
};

// Base of the consumers that fold attempts. Type I makes the value that a part begins with.
template <class R, class I>
struct attempts {
  using part = try_accumulator<R>;
  static constexpr auto stops = early_exit::lowest_index;

  part identity() { return part(make_identity<try_output_t<R>>(make)); }
  R result(part&& p) const { return std::move(p).result(); }

  I make;
};

// Items are values, or, if `Lifted`, results of the type that op returns.
template <class R, bool Lifted, class I, class Op>
struct try_reduce_consumer : attempts<R, I> {
  using part = try_accumulator<R>;
  static constexpr auto combines = combine_order::fixed_tree;

  template <class Item>
  bool accept(part& p, Item&& item) {
    if constexpr (Lifted) {
      R r(std::forward<Item>(item));
      if (try_traits<R>::has_failed(r)) return p.go_on_with(std::move(r));
      return add(p, try_traits<R>::output_of(std::move(r)));
    } else {
      return add(p, std::forward<Item>(item));
    }
  }
  void combine(part& left, part&& right) {
    if (left.has_failed()) return;
    if (right.has_failed()) {
      left = std::move(right);
    } else {
      add(left, std::move(right.value()));
    }
  }

  Op op;

private:
  template <class Value>
  bool add(part& p, Value&& v) {
    return p.go_on_with(operate(op, std::move(p.value()), std::forward<Value>(v)));
  }
};

template <class R, class I, class Accumulate, class Combine>
struct try_fold_consumer : attempts<R, I> {
  using part = try_accumulator<R>;
  static constexpr auto combines = combine_order::unordered;

  template <class Item>
  bool accept(part& p, Item&& item) {
    return p.go_on_with(call_with(add, std::forward<Item>(item), std::move(p.value())));
  }
  void combine(part& left, part&& right) {
    accumulate(put_together, left.value(), std::move(right.value()));
  }

  Accumulate add;
  Combine put_together;
};

template <class R, class C>
struct try_collect_consumer {
  using collected = typename try_traits<R>::template with_output<C>;
  struct part {
    block_list<element_of_t<C>> values;
    maybe_item<R> failed;
  };
  static constexpr auto combines = combine_order::in_order;
  static constexpr auto stops = early_exit::lowest_index;

  part identity() const { return {}; }
  template <class Item>
  bool accept(part& p, Item&& item) const {
    R r(std::forward<Item>(item));
    if (try_traits<R>::has_failed(r)) {
      p.failed.keep(std::move(r));
      return false;
    }
    p.values.add(try_traits<R>::output_of(std::move(r)));
    return true;
  }
  void combine(part& left, part&& right) const { left.values.add_all(std::move(right.values)); }
  collected result(part&& p) const {
    if (p.failed.has_item()) {
      return try_traits<R>::template failure<C>(std::move(p.failed.get()));
    }
    return try_traits<collected>::success(std::move(p.values).template into<C>());
  }
};

}  // namespace micropool::detail
