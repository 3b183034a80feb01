// SPDX-License-Identifier: MIT OR Apache-2.0
// The two shapes of joined tasks, a pack and a list, as children of fork_join.
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

template <class... Ts>
class child_pack {
public:
  explicit child_pack(task<Ts>&&... tasks) {
    (tasks.promise(), ...);  // an empty task is reported before any is taken
    frames_ = {&tasks.release()...};
  }
  child_pack(child_pack&& other) noexcept : frames_(std::exchange(other.frames_, {})) {}
  child_pack& operator=(child_pack&&) = delete;
  ~child_pack() {
    for (frame* f : frames_) {
      if (f != nullptr) f->self.destroy();
    }
  }

  static constexpr std::size_t size() noexcept { return sizeof...(Ts); }
  frame& frame_of(std::size_t i) noexcept { return *frames_[i]; }

  auto results() {
    // The exception a serial run would have met first.
    for (const frame* f : frames_) {
      if (f->exception) [[unlikely]] std::rethrow_exception(f->exception);
    }
    if constexpr (!(std::is_void_v<Ts> && ...)) {
      return [this]<std::size_t... I>(std::index_sequence<I...>) {
        return std::tuple<or_monostate<Ts>...>(
            static_cast<task_promise<Ts>&>(*frames_[I]).take()...);
      }(std::index_sequence_for<Ts...>{});
    }
  }

private:
  std::array<frame*, sizeof...(Ts)> frames_{};
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

template <class... Ts>
auto join_awaitable(task<Ts>&&... tasks) {
  return fork_join<child_pack<Ts...>>(std::in_place, std::move(tasks)...);
}
template <class T>
auto join_all_awaitable(std::vector<task<T>>&& tasks) {
  return fork_join<child_list<T>>(std::in_place, std::move(tasks));
}

}  // namespace micropool::detail
