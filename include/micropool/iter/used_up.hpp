// SPDX-License-Identifier: MIT OR Apache-2.0
// What a compiler says where a chain that has a name is used without a move. Members of chains take
// rvalues only; left alone, compilers would speak of the qualifiers of `this`.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstddef>

namespace micropool::detail {

template <class...>
inline constexpr bool never = false;

// Becomes whatever is wanted, so that little else is said of the same mistake.
struct used_up {
  template <class T>
  operator T() const;
};

// Not in the macros below, of whose expansion compilers would tell at length.
template <class... Args>
consteval used_up say_move() {
  static_assert(never<Args...>,
                "micropool: a parallel iterator is used up by what is called on it; one that has a "
                "name has to be given away, as in std::move(iterator).sum()");
  return {};
}

}  // namespace micropool::detail

// For members of these names, which are called on rvalues.
#define MICROPOOL_RVALUES_ONLY(...) MICROPOOL_FOR_EACH(MICROPOOL_RVALUE_ONLY, __VA_ARGS__)
#define MICROPOOL_RVALUE_ONLY(name)                           \
  template <class... Explicit, class... Args>                 \
  auto name(Args&&...) & {                                    \
    return ::micropool::detail::say_move<Explicit..., Args...>(); \
  }
// The same for one that is given a template, or a number.
#define MICROPOOL_RVALUE_ONLY_OF_TEMPLATE(name)               \
  template <template <class...> class Explicit, class... Args> \
  auto name(Args&&...) & {                                    \
    return ::micropool::detail::say_move<Args...>();          \
  }
#define MICROPOOL_RVALUE_ONLY_OF_NUMBER(name)        \
  template <std::size_t Explicit, class... Args>     \
  auto name(Args&&...) & {                           \
    return ::micropool::detail::say_move<Args...>(); \
  }
