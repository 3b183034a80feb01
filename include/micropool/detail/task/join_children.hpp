// SPDX-License-Identifier: MIT OR Apache-2.0
// child_pack and child_list: the children of a fork_join, for join() and join_all().
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/task.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace micropool::detail {

template <class... Ts>
class child_pack {
public:
  explicit child_pack(task<Ts>&&... tasks) {
    (tasks.promise(passkey(), "micropool::join()"),
     ...);  // an empty task is reported before any is released
    frames_ = {&tasks.release(passkey(), "micropool::join()")...};
  }
  child_pack(child_pack&& other) noexcept
      : frames_(other.frames_), started_(std::exchange(other.started_, true)) {}
  child_pack& operator=(child_pack&&) = delete;
  ~child_pack() {
    if (started_) return;
    for (frame* f : frames_) f->handle().destroy();
  }

  // Returns true if the join was awaited or moved from.
  bool spent() const noexcept { return started_; }
  static constexpr std::size_t size() noexcept { return sizeof...(Ts); }
  frame& frame_of(std::size_t i) noexcept { return *frames_[i]; }

  void start() noexcept {
    started_ = true;
    [this]<std::size_t... I>(std::index_sequence<I...>) {
      (static_cast<task_promise<Ts>&>(*frames_[I]).deliver_to(&std::get<I>(slots_)), ...);
    }(std::index_sequence_for<Ts...>{});
  }

  auto results() {
    return std::apply([](auto&... s) { return results_of(s...); }, slots_);
  }

private:
  std::array<frame*, sizeof...(Ts)> frames_{};
  bool started_ = false;
  std::tuple<slot<Ts>...> slots_;
};

template <class T>
class child_list {
public:
  explicit child_list(std::vector<task<T>>&& tasks) : tasks_(std::move(tasks)) {
    frames_.reserve(tasks_.size());
    for (auto& t : tasks_) frames_.push_back(&t.promise(passkey(), "micropool::join_all()"));
  }

  // Returns true if the join was moved from or awaited. An empty list may be awaited again.
  bool spent() const noexcept { return slots_ == nullptr || (!tasks_.empty() && !tasks_.front()); }
  std::size_t size() const noexcept { return frames_.size(); }
  frame& frame_of(std::size_t i) noexcept { return *frames_[i]; }

  void start() noexcept {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      tasks_[i].release(passkey(), "micropool::join_all()").deliver_to(&slots_[i]);
    }
  }

  auto results() {
    return results_of_all<T>(std::span(slots_.get(), frames_.size()), std::identity());
  }

private:
  std::vector<task<T>> tasks_;
  std::vector<task_promise<T>*> frames_;
  std::unique_ptr<slot<T>[]> slots_ = std::make_unique<slot<T>[]>(tasks_.size());
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
