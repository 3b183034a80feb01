// SPDX-License-Identifier: MIT OR Apache-2.0
// Diagnostics for calls that fit no overload. Without them a compiler lists all candidates with
// their constraints, few of which say what the caller got wrong. With them it chooses a deleted
// overload that takes anything, and names that first, at the caller's line, with what to write
// instead. The overload is deleted rather than ill-formed inside, so that a requires-expression
// still yields false.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <cstddef>

namespace micropool {
template <class T>
class shared_task;
}

namespace micropool::detail {

template <std::size_t N>
struct sentence {
  consteval sentence(const char (&from)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
  char text[N] = {};
};

// The return type of the deleted overloads: g++ quotes it in its first line. It is awaitable, so
// that an enclosing call causes no further errors.
template <sentence Usage>
struct instead_write {
  bool await_ready();
  template <class Handle>
  void await_suspend(Handle);
  void await_resume();
};

// Stands for a count in deleted overloads: takes any argument, but a count worse than std::size_t
// does.
struct anything {
  template <class T>
  anything(T&&);
};

}  // namespace micropool::detail

// clang quotes the reason of a deletion, a C++26 feature.
#if defined(__clang__) && __clang_major__ >= 19
#define MICROPOOL_DELETED(usage)                                                             \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wc++26-extensions\"") \
      delete("instead write " usage) _Pragma("clang diagnostic pop")
#else
#define MICROPOOL_DELETED(usage) delete
#endif

// For a function template of this name. The deleted overload must be a worse match than every
// other, so there is one macro for each kind of parameters.
#define MICROPOOL_INSTEAD_OF_CALL(name, usage)                                              \
  template <class... Args>                                                                  \
  auto name(Args&&...)->::micropool::detail::instead_write<usage> = MICROPOOL_DELETED(usage);
// As above, for a function that may await its argument. An unnamed shared_task gets a message of
// its own, since std::move would not help: the reference to its result must not outlive the last
// handle.
#define MICROPOOL_INSTEAD_OF_AWAITING(name, usage)                                          \
  MICROPOOL_INSTEAD_OF_CALL(name, usage)                                                    \
  template <class Result>                                                                   \
  auto name(::micropool::shared_task<Result>&&)                                             \
      ->::micropool::detail::instead_write<MICROPOOL_NAMED_SHARED_TASK> =                   \
          MICROPOOL_DELETED(MICROPOOL_NAMED_SHARED_TASK);
#define MICROPOOL_NAMED_SHARED_TASK                                                         \
  "shared, a shared_task that has a name: it keeps the result, to which you get a reference"
#define MICROPOOL_INSTEAD_OF_COUNTED_CALL(name, usage)                                      \
  template <class... Args>                                                                  \
  auto name(::micropool::detail::anything, Args&&...)                                       \
      ->::micropool::detail::instead_write<usage> = MICROPOOL_DELETED(usage);
#define MICROPOOL_INSTEAD_OF_CALL_WITH_COUNT(name, usage)                                   \
  template <class Range>                                                                    \
  auto name(Range&&, std::size_t)                                                           \
      ->::micropool::detail::instead_write<usage> = MICROPOOL_DELETED(usage);
#define MICROPOOL_INSTEAD_OF_CALL_WITH_NUMBER(name, usage)                                  \
  template <std::size_t Explicit, class... Args>                                            \
  auto name(Args&&...)->::micropool::detail::instead_write<usage> = MICROPOOL_DELETED(usage);
// For members of iterator chains, which are called on rvalues.
#define MICROPOOL_INSTEAD(name, usage)                                                      \
  template <class... Explicit, class... Args>                                               \
  auto name(Args&&...)                                                                      \
      ->::micropool::detail::instead_write<"std::move(iterator)." usage> =                  \
          MICROPOOL_DELETED("std::move(iterator)." usage);
#define MICROPOOL_INSTEAD_OF_COUNTED(name, usage)                                           \
  template <class... Args>                                                                  \
  auto name(::micropool::detail::anything, Args&&...)                                       \
      ->::micropool::detail::instead_write<"std::move(iterator)." usage> =                  \
          MICROPOOL_DELETED("std::move(iterator)." usage);
// As above, for members that take an explicit template or number as their template argument.
#define MICROPOOL_INSTEAD_OF_TEMPLATE(name, usage)                                          \
  template <template <class...> class Explicit, class... Args>                              \
  auto name(Args&&...)                                                                      \
      ->::micropool::detail::instead_write<"std::move(iterator)." usage> =                  \
          MICROPOOL_DELETED("std::move(iterator)." usage);
#define MICROPOOL_INSTEAD_OF_NUMBER(name, usage)                                            \
  template <std::size_t Explicit, class... Args>                                            \
  auto name(Args&&...)                                                                      \
      ->::micropool::detail::instead_write<"std::move(iterator)." usage> =                  \
          MICROPOOL_DELETED("std::move(iterator)." usage);
