// SPDX-License-Identifier: MIT OR Apache-2.0
// The two shapes of joined tasks, a pack and a list, as children of fork_join_awaiter.
#pragma once

#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/task.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool::detail {

// The exception a serial run would have met first.
inline void rethrow_first(const auto& frames) {
  for (const frame* f : frames) {
    if (f->exception) std::rethrow_exception(f->exception);
  }
}

template <class... Ts>
class child_pack {
public:
  explicit child_pack(task<Ts>&&... tasks)
      : tasks_(std::move(tasks)...),
        frames_(std::apply([](auto&... t) { return frames{&t.promise()...}; }, tasks_)) {}

  static constexpr std::size_t size() noexcept { return sizeof...(Ts); }
  frame& frame_of(std::size_t i) noexcept { return *frames_[i]; }

  auto results() {
    rethrow_first(frames_);
    if constexpr (!(std::is_void_v<Ts> && ...)) {
      return std::apply(
          [](auto&... t) { return std::tuple<or_monostate<Ts>...>(t.promise().take()...); },
          tasks_);
    }
  }

private:
  using frames = std::array<frame*, sizeof...(Ts)>;
  std::tuple<task<Ts>...> tasks_;
  frames frames_;
};

template <class T>
class child_list {
public:
  explicit child_list(std::vector<task<T>>&& tasks) : tasks_(std::move(tasks)) {
    for (auto& t : tasks_) t.promise();
  }

  std::size_t size() const noexcept { return tasks_.size(); }
  frame& frame_of(std::size_t i) noexcept { return tasks_[i].promise(); }

  auto results() {
    for (auto& t : tasks_) {
      if (t.promise().exception) std::rethrow_exception(t.promise().exception);
    }
    if constexpr (!std::is_void_v<T>) {
      // A reference cannot be an element of a vector: what it refers to is copied.
      std::vector<std::remove_cvref_t<T>> values;
      values.reserve(tasks_.size());
      for (auto& t : tasks_) values.push_back(t.promise().take());
      return values;
    }
  }

private:
  std::vector<task<T>> tasks_;
};

// Awaited once, as an rvalue, by a task.
template <class Children>
class [[nodiscard("joined tasks do nothing until the join is awaited")]] fork_join_awaitable {
public:
  template <class... Args>
  explicit fork_join_awaitable(std::in_place_t, Args&&... args)
      : children_(std::forward<Args>(args)...) {}

  auto awaiter_in(frame& parent) && {
    return fork_join_awaiter<Children>(parent, std::move(children_));
  }

private:
  Children children_;
};

template <class... Ts>
auto join_awaitable(task<Ts>&&... tasks) {
  return fork_join_awaitable<child_pack<Ts...>>(std::in_place, std::move(tasks)...);
}
template <class T>
auto join_all_awaitable(std::vector<task<T>>&& tasks) {
  return fork_join_awaitable<child_list<T>>(std::in_place, std::move(tasks));
}

}  // namespace micropool::detail
