// SPDX-License-Identifier: MIT OR Apache-2.0
// A stage of items together with a state that each participant makes for itself.
#pragma once

#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class Init>
using state_of_t = std::remove_cvref_t<std::invoke_result_t<Init&>>;

template <class State, class Item>
struct item_with_state {
  State& state;
  Item item;
};

template <stage Base, class Init>
class with_state : public adaptor_of<Base> {
  using state = state_of_t<Init>;

public:
  using item_type = item_with_state<state, item_t<Base>>;

  with_state(Base&& b, Init init) : adaptor_of<Base>(std::move(b)), init_(std::move(init)) {}

  struct local {
    local_t<Base> below;
    state own;
  };

  std::size_t positions() const { return positions_of(this->base_); }
  local make_local() { return {local_of(this->base_), std::invoke(init_)}; }
  template <class Sink>
  bool feed(local& l, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, l.below, first, last, [&](auto&& item) {
      return sink(item_type{l.own, std::forward<decltype(item)>(item)});
    });
  }

private:
  Init init_;
};

// f(state, item), as a callable of one argument.
template <class F>
struct call_with_state {
  template <class State, class Item>
    requires callable_after<F, State&, Item>
  decltype(auto) operator()(item_with_state<State, Item>&& both) {
    return call_with(f, std::forward<Item>(both.item), both.state);
  }

  F f;
};

}  // namespace micropool::detail
