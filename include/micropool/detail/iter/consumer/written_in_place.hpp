// SPDX-License-Identifier: MIT OR Apache-2.0
// How an indexed stage is collected into a vector: each value is written to its position.
#pragma once

#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/stage.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace micropool::detail {

template <class C>
inline constexpr bool is_vector_of_plain_values = false;
// Plain values can be created before they are written, at little cost and unobserved.
template <class T, class Allocator>
inline constexpr bool is_vector_of_plain_values<std::vector<T, Allocator>> =
    std::is_trivially_default_constructible_v<T> && std::is_move_assignable_v<T> &&
    !std::is_same_v<T, bool>;

// Containers into which a stage's items are written in place. A stage that may end early would
// leave holes.
template <class Stage, class C>
concept written_in_place =
    indexed_stage<Stage> && !ending_stage<Stage> && is_vector_of_plain_values<C>;

struct no_result {};

// A stage whose fetch() writes an item of another stage to its position, and yields nothing.
template <indexed_stage Stage, class T>
class write_stage {
public:
  write_stage(Stage& from, T* to) noexcept : from_(std::addressof(from)), to_(to) {}
  std::size_t size() const { return from_->size(); }
  no_result fetch(std::size_t i) const {
    to_[i] = static_cast<T>(from_->fetch(i));
    return {};
  }

private:
  Stage* from_;
  T* to_;
};

struct no_result_consumer {
  using part = no_result;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::none;

  no_result identity() const noexcept { return {}; }
  bool accept(no_result&, no_result) const noexcept { return true; }
  void combine(no_result&, no_result&&) const noexcept {}
  void result(no_result&&) const noexcept {}
};

// Requires that the stage has been prepared.
template <indexed_stage Stage, class Vector>
task<> write_in_place(Stage& s, Vector& to, const loop_settings& how) {
  using value = typename Vector::value_type;
  to.resize(checked_positions(s));
  co_await consume(write_stage<Stage, value>(s, to.data()), no_result_consumer(), how);
}

}  // namespace micropool::detail
