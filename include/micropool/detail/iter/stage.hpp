// SPDX-License-Identifier: MIT OR Apache-2.0
// What the library knows of a stage, and the base of adaptors.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/task.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool::detail {

struct no_local {};

template <stage S>
std::size_t positions_of(const S& s) {
  if constexpr (indexed_stage<S>) {
    return s.size();
  } else {
    return s.positions();
  }
}

// A stage that is both indexed and pushing is pushed, because its own loop is usually faster.
template <stage S>
auto local_of(S& s) {
  if constexpr (pushing_stage<S>) {
    return s.make_local();
  } else {
    return no_local{};
  }
}
template <stage S>
using local_t = decltype(local_of(std::declval<S&>()));

// For the exit branch of a loop, which is taken at most once. [[likely]] stands for a probability
// of 90 per cent, from which a compiler infers a loop of few iterations that is not worth aligning.
MICROPOOL_ALWAYS_INLINE bool nearly_always(bool b) noexcept {
  return __builtin_expect_with_probability(b, true, 0.9999);
}

// A sink that takes every item shows it by its return type, so that compilers can vectorise the
// loop around it.
template <class Sink, class Item>
concept never_stops = std::same_as<std::invoke_result_t<Sink, Item>, std::true_type>;

// Returns false if the sink returned false.
template <stage S, class Sink>
MICROPOOL_ALWAYS_INLINE bool feed(S& s, [[maybe_unused]] local_t<S>& local, std::size_t first,
                                  std::size_t last, Sink&& sink) {
  if constexpr (pushing_stage<S>) {
    return s.feed(local, first, last, sink);
  } else {
    for (std::size_t i = first; i < last; ++i) {
      if (!sink(s.fetch(i))) return false;
    }
    return true;
  }
}

// A stage that has to compute something before its size is known, or wraps one that has to.
template <class S>
concept prepared_stage = requires(S& s) {
  { s.prepare() } -> std::same_as<task<>>;
};
// A stage that may end the loop early, or wraps one that may.
template <class S>
concept ending_stage = requires(const S& s) {
  { s.has_ended() } -> std::convertible_to<bool>;
};
// A source that owns no elements, so that a loop may work on a local copy of it. The copy helps the
// optimizer: items may be bytes, and a store to a byte may alias the source's members, which would
// then be read again for each item.
template <class S>
concept view_stage =
    indexed_stage<S> && std::copy_constructible<S> && requires { requires S::is_view; };
// A stage whose positions may be fetched more than once.
template <class S>
concept repeatable_stage = indexed_stage<S> && requires { requires S::is_repeatable; };

// Base of the adaptors that wrap one stage. Adaptors inherit `is_repeatable` from that stage; an
// adaptor that calls a user's function for each item does not (calling_adaptor).
template <stage Base>
class adaptor_of {
public:
  static constexpr bool is_repeatable = repeatable_stage<Base>;

  explicit adaptor_of(Base&& b) : base_(std::move(b)) {}

  task<> prepare()
    requires prepared_stage<Base>
  {
    return base_.prepare();
  }
  bool has_ended() const
    requires ending_stage<Base>
  {
    return base_.has_ended();
  }

protected:
  Base base_;
};

// Base of the adaptors that call a function for each item.
template <stage Base, class F>
class calling_adaptor : public adaptor_of<Base> {
public:
  static constexpr bool is_repeatable = false;

  calling_adaptor(Base&& b, F f) : adaptor_of<Base>(std::move(b)), f_(std::move(f)) {}

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }

protected:
  F f_;
};

}  // namespace micropool::detail
